import { type FileHandle, open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { throwIfAborted, type Walking } from '../../../core/cancel.ts'
import { errorCode, errorMessage } from '../../../core/errors.ts'
import { type Form, type FormFile, multipartForm } from '../../../core/multipart-form.ts'
import type { ImageRecord, SendRequest, StoredFile } from '../../contract.ts'
import { type RemoteOperation, remoteOperation } from './documents.ts'
import { badAnswer, brokeOff, notStoredThere, refusedByServer } from './refusals.ts'
import type { LxdServer } from './server.ts'

/** An image and where it goes. */
export interface Sending extends Pick<SendRequest, 'secret' | 'profiles'> {
  readonly server: LxdServer
  readonly image: Pick<ImageRecord, 'fingerprint' | 'type'>
  /** Metadata first. */
  readonly files: readonly StoredFile[]
}

/** How long an answer about the other server's work may take, and how long after it the next question is asked. */
const [ASKING_S, PAUSE_MS] = [30, 500]

/** Sends the files of an image to a server that expects it, and waits until they are an image there. */
export async function send(sending: Sending, walking: Walking): Promise<void> {
  const handles: FileHandle[] = []
  try {
    // From here on the image may be deleted; what is sent is whole.
    for (const { path } of sending.files) handles.push(await open(path))
    const operation = await uploaded(sending, await formOf(sending, handles), walking)
    await stored(sending.server, operation, walking)
  } finally {
    await Promise.all(handles.map((handle) => handle.close()))
  }
}

type Upload = Omit<Form, 'contentType'> & Partial<Pick<Form, 'contentType'>>

async function formOf({ files, image }: Sending, handles: readonly FileHandle[]): Promise<Upload> {
  const names = ['metadata', image.type === 'container' ? 'rootfs' : 'rootfs.img']
  const parts = await Promise.all(
    handles.map(async (handle, index): Promise<FormFile> => {
      const { size: sizeBytes } = await handle.stat()
      const filename = files[index]?.name ?? ''
      return { name: names[index] ?? '', filename, sizeBytes, content: () => bytesOf(handle) }
    }),
  )
  const [only, ...others] = parts
  if (!only || others.length > 0) return multipartForm(parts)
  return { sizeBytes: only.sizeBytes, body: only.content }
}

async function* bytesOf(handle: FileHandle): AsyncGenerator<Buffer> {
  yield* handle.createReadStream({ autoClose: false, start: 0 })
}

/** The other server's operation, which stores what it was sent. */
async function uploaded(
  sending: Sending,
  form: Upload,
  { signal, progress }: Walking,
): Promise<RemoteOperation> {
  const { server } = sending
  const over = new AbortController()
  const both = signal ? AbortSignal.any([signal, over.signal]) : over.signal
  try {
    const answer = await server.ask(server.url('/1.0/images'), {
      method: 'POST',
      headers: headersOf(sending, form),
      body: told(form, progress),
      signal: both,
    })
    const operation = await server.metadata(answer, remoteOperation, { signal: both })
    if (!operation) throw refusedByServer(server.name, 'it takes no images here')
    return operation
  } catch (error) {
    throwIfAborted(signal)
    if (errorCode(error) !== 'IMAGE_SOURCE_UNREACHABLE') throw error
    throw brokeOff(server.name, errorMessage(error), error)
  } finally {
    // A server that refuses may do so before it has read everything.
    over.abort()
  }
}

function headersOf(
  { secret, profiles, image, files }: Sending,
  { contentType, sizeBytes }: Upload,
): Readonly<Record<string, string>> {
  const query = new URLSearchParams()
  for (const name of profiles ?? []) query.append('profile', name)
  return {
    'Content-Type': contentType ?? 'application/octet-stream',
    'Content-Length': String(sizeBytes),
    'X-LXD-fingerprint': image.fingerprint,
    'X-LXD-secret': secret,
    'X-LXD-filename': files[0]?.name ?? '',
    ...(query.size > 0 && { 'X-LXD-profiles': query.toString() }),
  }
}

async function* told(
  { body, sizeBytes: totalBytes }: Upload,
  progress: Walking['progress'],
): AsyncGenerator<Buffer> {
  let doneBytes = 0
  for await (const chunk of body()) {
    yield chunk
    doneBytes += chunk.length
    progress?.({ step: 'upload', doneBytes, totalBytes })
  }
}

async function stored(
  server: LxdServer,
  { id, metadata }: RemoteOperation,
  { signal, progress }: Walking,
): Promise<void> {
  progress?.({ step: 'wait for the other server to store it' })
  const query = { timeout: String(ASKING_S), secret: metadata?.secret }
  const url = server.url(`/1.0/operations/${id}/wait`, query)
  for (;;) {
    const now = await server.read(url, remoteOperation, { signal })
    if (!now) throw badAnswer(server.name, 'it has forgotten what became of the image')
    if (now.status_code === SUCCESS) return
    if (now.status_code > SUCCESS) throw notStoredThere(server.name, now.err)
    await sleep(PAUSE_MS, undefined, signal ? { signal } : {}).catch(() => throwIfAborted(signal))
  }
}

/** Of LXD's codes, lower ones are for what still runs, and higher ones for what has failed. */
const SUCCESS = 200
