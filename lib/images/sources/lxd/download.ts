import { open } from 'node:fs/promises'
import { throwIfAborted, type Walking } from '../../../core/cancel.ts'
import { errorCode } from '../../../core/errors.ts'
import { boundaryOf, multipart, type Part } from '../../../core/multipart.ts'
import { notStored } from '../../file-refusals.ts'
import { broken } from '../http.ts'
import type { RemoteImage } from './documents.ts'
import { badAnswer, notOnServer, refusedByServer } from './refusals.ts'
import type { LxdServer } from './server.ts'

interface Download {
  readonly server: LxdServer
  readonly image: RemoteImage
  readonly secret: string | undefined
  /** New and empty. */
  readonly directory: string
}

interface Files {
  readonly path: string
  readonly rootfsPath?: string
}

/** Streams the one file of an image, or the two of a split one, to disk: not more than the server said that there is. */
export async function download(what: Download, walking: Walking): Promise<Files> {
  const { server, image, secret, directory } = what
  const url = server.url(`/1.0/images/${image.fingerprint}/export`, { secret })
  const { status, headers, body } = await server.ask(url, { signal: walking.signal })
  const receiving = new Receiving(what, walking)
  try {
    if (status === 404) throw notOnServer(server.name, image.fingerprint)
    if (status !== 200) throw refusedByServer(server.name, `it answers with ${status}`)
    const path = `${directory}/metadata`
    const boundary = boundaryOf(String(headers['content-type'] ?? ''))
    if (boundary === undefined) {
      await receiving.store(body, path)
      return { path }
    }
    return await split(multipart(body, boundary), path, receiving)
  } catch (error) {
    if (errorCode(error) === 'CORE_BAD_MULTIPART')
      throw badAnswer(server.name, 'its parts are malformed, or end too early', error)
    throw broken(url, error, walking)
  } finally {
    body.destroy()
  }
}

/** The metadata first, as every LXD sends it; more than two parts are none of an image. */
async function split(
  parts: AsyncIterable<Part>,
  path: string,
  receiving: Receiving,
): Promise<Files> {
  const rootfsPath = `${path}.rootfs`
  const wanted = [path, rootfsPath]
  const names = [['metadata'], ['rootfs', 'rootfs.img']]
  let seen = 0
  for await (const { name, content } of parts) {
    const target = wanted[seen]
    if (target === undefined || !names[seen]?.includes(name)) throw receiving.wrongPart(name)
    await receiving.store(content, target)
    seen++
  }
  if (seen < wanted.length) throw receiving.wrongPart('nothing')
  return { path, rootfsPath }
}

/** Counts what comes. */
class Receiving {
  readonly #what: Download
  readonly #walking: Walking
  #doneBytes = 0

  constructor(what: Download, walking: Walking) {
    this.#what = what
    this.#walking = walking
  }

  async store(content: AsyncIterable<Buffer>, path: string): Promise<void> {
    const file = await open(path, 'wx', 0o600)
    try {
      for await (const chunk of content) {
        this.#count(chunk)
        await file.writeFile(chunk).catch((error) => {
          throw notStored(path, error)
        })
      }
    } finally {
      await file.close()
    }
  }

  wrongPart(name: string) {
    const shown = JSON.stringify(name.slice(0, 40))
    return badAnswer(this.#what.server.name, `there is ${shown} where a part of it should be`)
  }

  #count(chunk: Buffer): void {
    const { signal, progress } = this.#walking
    throwIfAborted(signal)
    this.#doneBytes += chunk.length
    const totalBytes = this.#what.image.size
    if (this.#doneBytes > totalBytes)
      throw badAnswer(this.#what.server.name, `it is larger than the ${totalBytes} bytes it has`)
    progress?.({ step: 'download', doneBytes: this.#doneBytes, totalBytes })
  }
}
