import { expect, it } from 'vitest'
import type { Progress } from '../../../lib/core/cancel.ts'
import { startOperation } from '../../../lib/core/operation.ts'
import { showingImage } from '../../../lib/host/image-progress.ts'

/** What the metadata of an operation is after its work told this, one second apart. */
async function metadataAfter(...told: readonly Progress[]) {
  let nowMs = 0
  const operation = startOperation({ description: 'x', project: 'default' }, async (own) => {
    const showing = showingImage(own, () => nowMs)
    for (const progress of told) {
      showing.progress(progress)
      nowMs += 1000
    }
  })
  await operation
  const seen: Progress[] = []
  for await (const progress of operation) seen.push(progress)
  expect(seen).toEqual(told)
  return operation.record.metadata
}

it('shows an image being unpacked as LXD does: for programs, and as a line for lxc', async () => {
  const totalBytes = 50_000_000
  const unpack = (doneBytes: number) => ({ step: 'unpack', doneBytes, totalBytes })
  expect(await metadataAfter(unpack(1000), unpack(12_345_678))).toEqual({
    create_instance_from_image_unpack_progress: 'Unpack: 24% (12.35MB/s)',
    progress: { stage: 'create_instance_from_image_unpack', percent: '24', speed: '12345678' },
  })
})

it('shows the speed alone before there is a percentage', async () => {
  expect(await metadataAfter({ step: 'unpack', doneBytes: 1, totalBytes: 1000 })).toEqual({
    create_instance_from_image_unpack_progress: 'Unpack: 0B/s',
    progress: { stage: 'create_instance_from_image_unpack', speed: '0' },
  })
})

it('shows how much of an image has been sent, and how fast', async () => {
  const totalBytes = 40_000_000
  const upload = (doneBytes: number) => ({ step: 'upload', doneBytes, totalBytes })
  expect(await metadataAfter(upload(0), upload(10_000_000))).toEqual({
    upload_progress: 'Image upload: 25% (10.00MB/s)',
    progress: { stage: 'upload', percent: '25', speed: '10000000' },
  })
})

it('shows no other step', async () => {
  expect(await metadataAfter({ step: 'link the volume' })).toBeUndefined()
})
