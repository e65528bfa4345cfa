// The types of image.mjs, which is plain JavaScript like the other scripts that write images.

/** The uncompressed archive for one architecture, in Docker's word for it. */
export function pauseArchive(architecture: string, reference: string): Buffer;
