import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { z } from 'zod'
import type { Host } from '../../host/contract.ts'
import type { ImageType } from '../../images/contract.ts'
import { jsonBody } from '../body.ts'
import { checkMatch } from '../etag.ts'
import { invalid } from '../failures.ts'
import { filtered } from '../filter.ts'
import { secretOf } from '../guard/secret.ts'
import { destinationOf, expectImage, fetchImage, imageToSend, newImage } from '../image-request.ts'
import { recursion } from '../lists.ts'
import { publication } from '../publication.ts'
import { editableImage, imageWire } from '../render/image.ts'
import {
  background,
  data,
  done,
  type Input,
  param,
  type Raw,
  type Route,
  raw,
  started,
  sync,
} from '../route.ts'
import { config, optional, patched } from '../schemas.ts'
import { exportParts } from '../upload/export.ts'
import { uploadedImage } from '../upload/import.ts'
import { urlOf } from '../urls.ts'

const ONE = '/1.0/images/:fingerprint'

const change = z.object({
  public: optional(z.boolean()),
  auto_update: optional(z.boolean()),
  properties: optional(config),
  profiles: optional(z.array(z.string())),
  expires_at: optional(z.iso.datetime({ offset: true })),
})

export const imageRoutes: readonly Route[] = [
  sync({
    method: 'GET',
    path: '/1.0/images',
    run: async (host, { query }) => {
      const records = await host.images.list()
      const wires = filtered(records.map(imageWire), query.get('filter') ?? '')
      if (recursion(query) > 0) return data(wires)
      const chosen = new Set(wires.map(({ fingerprint }) => fingerprint))
      const kept = records.filter(({ fingerprint }) => chosen.has(fingerprint))
      return data(kept.map(({ fingerprint, project }) => urlOf(['images', fingerprint], project)))
    },
  }),
  background({
    method: 'POST',
    path: '/1.0/images',
    // LXD has no word of its own for a full disk.
    statuses: { unavailable: 500 },
    run: async (host, input) => {
      if (isJson(input)) {
        const body = await jsonBody(input.request, newImage, input.front.patience.bodyMs)
        if (body.source.mode === 'push') return started((await expectImage(host, body)).operation)
        const publish = await publication(host, body)
        return started(publish ? publish() : fetchImage(host, body))
      }
      const store = await uploadedImage(host, input)
      return started(store())
    },
  }),
  sync({
    method: 'GET',
    path: ONE,
    run: async (host, input) => {
      const images = await readable(host, input)
      const record = await images.get(param(input, 'fingerprint'))
      return data(imageWire(record), editableImage(record))
    },
  }),
  sync({
    method: 'PUT',
    path: ONE,
    body: change,
    run: (host, input) =>
      update(host, input, {
        public: false,
        auto_update: false,
        properties: {},
        profiles: null,
        ...given(input.body),
      }),
  }),
  sync({
    method: 'PATCH',
    path: ONE,
    body: change,
    run: async (host, input) => {
      const { properties } = await host.images.get(param(input, 'fingerprint'))
      const { body } = input
      return update(host, input, {
        ...given(body),
        ...(body.properties && { properties: patched(properties, body.properties) }),
      })
    },
  }),
  background({
    method: 'DELETE',
    path: ONE,
    run: async (host, input) => {
      const { fingerprint } = await host.images.get(param(input, 'fingerprint'))
      return started(host.images.delete(fingerprint))
    },
  }),
  background({
    method: 'POST',
    path: `${ONE}/refresh`,
    run: async (host, input) => {
      const { fingerprint } = await host.images.get(param(input, 'fingerprint'))
      return started(host.images.refresh(fingerprint))
    },
  }),
  raw({
    method: 'GET',
    path: `${ONE}/export`,
    run: async (host, input) => {
      const images = await readable(host, input)
      const { fingerprint, type } = await images.get(param(input, 'fingerprint'))
      return exported(await images.files(fingerprint), type)
    },
  }),
  background({
    method: 'POST',
    path: `${ONE}/export`,
    body: imageToSend,
    run: async (host, input) => {
      const { fingerprint } = await host.images.get(param(input, 'fingerprint'))
      return started(host.images.send({ fingerprint, ...destinationOf(input.body) }))
    },
  }),
  background({
    method: 'POST',
    path: `${ONE}/secret`,
    run: async (host, input) => {
      const { operation } = await host.images.share(param(input, 'fingerprint'))
      return started(operation)
    },
  }),
]

/** Who has a secret sends an image, whatever it is said to be. */
function isJson({ request }: Input): boolean {
  const type = request.headers['content-type'] ?? ''
  return /^application\/json\b/i.test(type) && secretOf(request) === undefined
}

type Reading = Pick<Host['images'], 'get' | 'files'>

/** The images as the caller may read them: all, or public ones, or the one that it has a secret for. */
async function readable({ images }: Host, input: Input): Promise<Reading> {
  const secret = input.query.get('secret')
  const all: Reading = {
    get: (fingerprint) => images.get(fingerprint),
    files: (fingerprint) => images.files(fingerprint),
  }
  if (!secret) return all
  const opened: Reading = {
    get: (fingerprint) => images.open.get(fingerprint, secret),
    files: (fingerprint) => images.open.files(fingerprint, secret),
  }
  return opened.get(param(input, 'fingerprint')).then(
    () => opened,
    () => all,
  )
}

type Change = Omit<Partial<z.output<typeof change>>, 'profiles'> & {
  /** Null: the default one. */
  readonly profiles?: readonly string[] | null | undefined
}

function given(body: Change): Change {
  const entries = Object.entries(body).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries)
}

async function update(host: Host, input: Input<unknown>, body: Change) {
  const record = await host.images.get(param(input, 'fingerprint'))
  checkMatch(input, editableImage(record))
  await host.images.update(record.fingerprint, {
    ...(body.public !== undefined && { public: body.public }),
    ...(body.auto_update !== undefined && { autoUpdate: body.auto_update }),
    ...(body.properties && { properties: body.properties }),
    ...(body.profiles !== undefined && { profiles: body.profiles }),
    ...(isTime(body.expires_at) && { expiresAt: expiry(body.expires_at) }),
  })
  return done
}

/** A client written in Go sends its zero time for what it leaves out. */
function isTime(text: string | undefined): text is string {
  return text !== undefined && !text.startsWith('0001-')
}

/** Years before 1971 are how LXD writes that there is none. */
function expiry(text: string): Date | undefined {
  const time = new Date(text)
  return time.getUTCFullYear() < 1971 ? undefined : time
}

async function exported(
  files: readonly { readonly path: string; readonly name: string }[],
  type: ImageType,
): Promise<Raw> {
  const [only, ...others] = files
  if (!only) throw invalid('the image has no files')
  if (others.length > 0) return exportParts(files, type)
  const { size, mtime } = await stat(only.path)
  return {
    answer: 'raw',
    headers: {
      'Content-Disposition': `inline;filename=${only.name}`,
      'Content-Length': String(size),
      'Last-Modified': mtime.toUTCString(),
    },
    body: createReadStream(only.path),
  }
}
