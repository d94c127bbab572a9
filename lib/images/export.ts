import { createReadStream, createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { cancelled, type Walking } from '../core/cancel.ts'
import { safeName } from '../core/confined.ts'
import { errorCode, errorMessage, LxworksError } from '../core/errors.ts'

interface Exported {
  readonly path: string
  readonly name: string
}

/** Copies files of the store into a directory. What cannot be finished is removed; what was there before stays. */
export async function exportInto(
  directory: string,
  files: readonly Exported[],
  walking: Walking,
): Promise<readonly string[]> {
  const made: string[] = []
  try {
    for (const { path, name } of files) {
      const target = `${directory}/${safeName(name, 'image file')}`
      await copyNew({ path, target, begun: () => made.push(target) }, walking)
    }
    return made
  } catch (error) {
    for (const target of made) await rm(target, { force: true })
    throw failure(error, directory, walking)
  }
}

interface Copy {
  readonly path: string
  readonly target: string
  readonly begun: () => void
}

async function copyNew(
  { path, target, begun }: Copy,
  { signal, progress }: Walking,
): Promise<void> {
  const sink = createWriteStream(target, { flags: 'wx', mode: 0o600 })
  sink.once('open', begun)
  let doneBytes = 0
  const source = createReadStream(path).on('data', (chunk) => {
    doneBytes += chunk.length
    progress?.({ step: 'export the image', doneBytes })
  })
  await pipeline(source, sink, signal ? { signal } : {})
}

function failure(error: unknown, directory: string, { signal }: Walking): unknown {
  if (signal?.aborted) return cancelled(signal.reason)
  const code = errorCode(error)
  return new LxworksError(
    `The image cannot be exported into ${JSON.stringify(directory)}: ${errorMessage(error)}; name an existing directory without such a file`,
    {
      kind: code === 'EEXIST' ? 'exists' : code === 'ENOENT' ? 'notFound' : 'internal',
      code: 'IMAGE_NOT_EXPORTED',
      cause: error,
    },
  )
}
