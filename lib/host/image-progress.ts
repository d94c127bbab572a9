import type { Progress } from '../core/cancel.ts'
import type { OperationWork } from '../core/operation.ts'
import { formatBytes } from '../core/units.ts'

/** The steps that LXD's clients show, by their names in the plan. */
const STAGES: Readonly<Record<string, { readonly stage: string; readonly label: string }>> = {
  unpack: { stage: 'create_instance_from_image_unpack', label: 'Unpack' },
  download: { stage: 'download', label: 'rootfs' },
  'download metadata': { stage: 'download', label: 'metadata' },
  'download rootfs': { stage: 'download', label: 'rootfs' },
  upload: { stage: 'upload', label: 'Image upload' },
  pack: { stage: 'create_image_from_container_pack', label: 'Image pack' },
}

/** The same work; how far an image is fetched or unpacked stands in the operation's metadata too, as LXD's clients look for it. */
export function showingImage(own: OperationWork, now: () => number = Date.now): OperationWork {
  const begunMs = new Map<string, number>()
  return {
    ...own,
    progress: (progress) => {
      own.progress(progress)
      const step = STAGES[progress.step]
      if (!step) return
      const began = begunMs.get(step.stage) ?? now()
      begunMs.set(step.stage, began)
      own.annotate(metadata(step, progress, now() - began))
    },
  }
}

/** `progress` is for programs and holds text only; the other is what `lxc` prints. */
function metadata(
  { stage, label }: { readonly stage: string; readonly label: string },
  { doneBytes = 0, totalBytes = 0 }: Progress,
  elapsedMs: number,
): Readonly<Record<string, unknown>> {
  const percent = totalBytes > 0 ? Math.floor((doneBytes * 100) / totalBytes) : 0
  const speed = elapsedMs > 0 ? Math.round((doneBytes * 1000) / elapsedMs) : 0
  const rate = `${formatBytes(speed)}/s`
  // Nobody knows how much there is to pack.
  const processed = totalBytes > 0 ? 0 : doneBytes
  const told = percent > 0 ? `${percent}%` : processed > 0 ? formatBytes(processed) : undefined
  return {
    progress: {
      ...{ stage, speed: String(speed) },
      ...(percent > 0 && { percent: String(percent) }),
      ...(processed > 0 && { processed: String(processed) }),
    },
    [`${stage}_progress`]: told === undefined ? `${label}: ${rate}` : `${label}: ${told} (${rate})`,
  }
}
