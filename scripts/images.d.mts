// Types of images.mjs, which is plain JavaScript so that it runs without a build and without packages.
export const DEMO_REPOSITORY: string;
export const DEMO_PORT: number;
export const DEMO_CHECK: readonly string[];
export function demoImages(socketPath: string): Promise<string[]>;
export function demoImage(
  socketPath: string,
  tag: string,
  version: string,
  environment?: Readonly<Record<string, string>>,
): Promise<string>;
