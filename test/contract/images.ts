// What every Engine promises of images that are pulled and removed: a pull says whether it brought what was not there, and an image goes
// when it is told to and no container uses it. Part of the suite in engine.ts.
import { expect, it } from 'vitest';
import type { Bench } from './engine.ts';

export function imageContract(bench: () => Bench): void {
  const pull = (reference: string) => bench().act({ ...bench().base, kind: 'pull-image', reference, service: 'default/web' });
  const remove = (reference: string) => bench().act({ ...bench().base, kind: 'remove-image', reference });
  const isThere = async (reference: string): Promise<boolean> => (await bench().look(reference)).image !== null;

  it('looks at images: the id that containers run, null for an absent one', async () => {
    const { harness, created, look, programs } = bench();
    const view = await created(programs.serves);
    const present = await look(programs.serves.image);
    expect(present.error).toBeNull();
    expect(present.image?.id).toBe(view.imageId);
    expect(await look(harness.absentImage)).toEqual({ error: null, image: null });
  });

  it('says CannotPullContainerError for an image that no registry has', async () => {
    const { harness, act, base } = bench();
    const result = await act({ ...base, kind: 'pull-image', reference: harness.absentImage, service: 'web' });
    expect(result.error?.code).toBe('CannotPullContainerError');
    expect(result.image).toBeUndefined();
  });

  it('says of a pull whether it brought an image that was not there, under its tag or its digest', async () => {
    const reference = await bench().harness.remoteImage();
    const first = await pull(reference);
    expect(first).toMatchObject({ error: null, brought: true });
    expect(await pull(reference)).toEqual({ error: null, image: first.image });
    const pinned = pinnedTo(reference, first.image?.digest);
    expect(await pull(pinned)).toEqual({ error: null, image: first.image });
    expect(await remove(reference)).toEqual({ error: null });
  });

  it('removes an image, however often it is asked, and brings it again', async () => {
    const reference = await bench().harness.remoteImage();
    await pull(reference);
    expect(await isThere(reference)).toBe(true);
    expect(await remove(reference)).toEqual({ error: null });
    expect(await remove(reference)).toEqual({ error: null });
    expect(await isThere(reference)).toBe(false);
    expect(await pull(reference)).toMatchObject({ error: null, brought: true });
    expect(await remove(reference)).toEqual({ error: null });
  });

  it('removes an image that was pulled by its digest', async () => {
    const reference = await bench().harness.remoteImage();
    const { image } = await pull(reference);
    await remove(reference);
    const pinned = pinnedTo(reference, image?.digest);
    expect(await pull(pinned)).toEqual({ error: null, image, brought: true });
    expect(await remove(pinned)).toEqual({ error: null });
    expect(await isThere(pinned)).toBe(false);
  });

  it('leaves an image alone that a container uses, even one that never started', async () => {
    const { created, remove: removeContainer, harness } = bench();
    const reference = await harness.remoteImage();
    await pull(reference);
    const view = await created({ image: reference });
    expect((await remove(reference)).error?.code).toBe('Failed');
    expect(await isThere(reference)).toBe(true);
    await removeContainer(view);
    expect(await remove(reference)).toEqual({ error: null });
    expect(await isThere(reference)).toBe(false);
  });

  it('finds an image under its tag, its digest and its id, and creates containers from each', async () => {
    const { created, look, harness, remove: removeContainer } = bench();
    const reference = await harness.remoteImage();
    const { image } = await pull(reference);
    for (const name of [reference, pinnedTo(reference, image?.digest), image?.id ?? '']) {
      expect((await look(name)).image?.id).toBe(image?.id);
      const view = await created({ image: name });
      expect(view.imageId).toBe(image?.id);
      await removeContainer(view);
    }
    expect((await look(pinnedTo(reference, image?.digest))).image?.digest).toBe(image?.digest);
    await remove(reference);
  });

  it('brings no tag along with an image that is pulled by its digest', async () => {
    const reference = await bench().harness.remoteImage();
    const { image } = await pull(reference);
    await remove(reference);
    const pinned = pinnedTo(reference, image?.digest);
    await pull(pinned);
    expect(await isThere(reference)).toBe(false);
    expect(await pull(reference)).toEqual({ error: null, image, brought: true });
    expect(await remove(reference)).toEqual({ error: null });
    await remove(pinned);
    expect(await isThere(pinned)).toBe(false);
  });

  it('does not take its digest from an image that has a tag, too', async () => {
    const reference = await bench().harness.remoteImage();
    const { image } = await pull(reference);
    const pinned = pinnedTo(reference, image?.digest);
    expect((await remove(pinned)).error?.code).toBe('Failed');
    expect(await isThere(pinned)).toBe(true);
    expect(await isThere(reference)).toBe(true);
    expect(await remove(reference)).toEqual({ error: null });
  });
}

/** `repository@digest` of an image that has a tag. */
function pinnedTo(reference: string, digest: string | null | undefined): string {
  return `${reference.slice(0, reference.lastIndexOf(':'))}@${digest}`;
}
