// Types of image-archive.mjs, which is plain JavaScript so that it runs without a build and without packages.
export interface TarEntry {
  readonly name: string;
  readonly type?: 'file' | 'link' | 'directory';
  readonly data?: Buffer;
  readonly target?: string;
  readonly mode?: number;
}
export interface Layer {
  readonly pieces: readonly Buffer[];
  readonly digest: string;
}
export interface ImageSource {
  readonly reference: string;
  readonly layers: readonly Layer[];
  readonly config: object;
}
export function tarOf(entries: readonly TarEntry[]): Buffer[];
export function layerOf(entries: readonly TarEntry[]): Layer;
export function archiveOf(images: readonly ImageSource[], architecture: string): Buffer[];
