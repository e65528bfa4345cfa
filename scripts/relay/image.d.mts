// The types of image.mjs, which is plain JavaScript like the other scripts that write images.

/** The relay's program for one architecture, in Docker's word for it. */
export function relayProgram(architecture: string): Buffer;
/** The uncompressed archive for one architecture. */
export function relayArchive(architecture: string, reference: string): Buffer;
