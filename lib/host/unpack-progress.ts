import type { Progress } from '../core/cancel.ts'
import type { OperationWork } from '../core/operation.ts'
import { formatBytes } from '../core/units.ts'

const STAGE = 'create_instance_from_image_unpack'

/** The same work; how far an image is unpacked stands in the operation's metadata too, as LXD's clients look for it. */
export function showingUnpack(own: OperationWork, now: () => number = Date.now): OperationWork {
  let begunMs: number | undefined
  return {
    ...own,
    progress: (progress) => {
      own.progress(progress)
      if (progress.step !== 'unpack') return
      begunMs ??= now()
      own.annotate(unpackMetadata(progress, now() - begunMs))
    },
  }
}

/** `progress` is for programs and holds text only; the other is what `lxc` prints. */
function unpackMetadata(
  { doneBytes = 0, totalBytes = 0 }: Progress,
  elapsedMs: number,
): Readonly<Record<string, unknown>> {
  const percent = totalBytes > 0 ? Math.floor((doneBytes * 100) / totalBytes) : 0
  const speed = elapsedMs > 0 ? Math.round((doneBytes * 1000) / elapsedMs) : 0
  const rate = `${formatBytes(speed)}/s`
  return {
    progress: {
      stage: STAGE,
      speed: String(speed),
      ...(percent > 0 && { percent: String(percent) }),
    },
    [`${STAGE}_progress`]: percent > 0 ? `Unpack: ${percent}% (${rate})` : `Unpack: ${rate}`,
  }
}
