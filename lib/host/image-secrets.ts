import { randomBytes } from 'node:crypto'
import type { Cancellable } from '../core/cancel.ts'
import type { ExpectedImage, ImageSecret, Images, ImportRequest } from '../images/contract.ts'
import type { HostImages, ImageGrant, ImageReception, Operations } from './contract.ts'
import { given } from './instance.ts'
import { scoped } from './scoped.ts'

/** What a host shows of images to those who are not trusted, and how they come to it: secrets are operations there. */
export function imageSecrets(
  images: Images,
  project: string,
  operations: Operations,
): Pick<HostImages, 'share' | 'expect' | 'receive' | 'open'> {
  const { secrets } = images
  return {
    open: scoped(images.open, project, ['list', 'get', 'files', 'alias']),
    share: (fingerprint) =>
      grant(operations, {}, (options) => secrets.share(project, fingerprint, options)),
    expect: (image) =>
      grant(operations, metadataOf(image), (options) => secrets.expect(project, image, options)),
    receive: async (arrival) => {
      const expected = await secrets.redeem(project, arrival)
      return reception(images, expected, { project, operations })
    },
  }
}

async function grant(
  operations: Operations,
  metadata: Readonly<Record<string, unknown>>,
  issue: (options: Cancellable) => Promise<ImageSecret>,
): Promise<ImageGrant> {
  const withdrawal = new AbortController()
  const { fingerprint, secret, ended } = await issue({ signal: withdrawal.signal })
  const operation = operations.start<void>(
    {
      description: 'Image download token',
      class: 'token',
      resources: { images: [`/1.0/images/${fingerprint}`] },
      metadata: { ...metadata, secret },
    },
    (own) => {
      const withdraw = (): void => withdrawal.abort(own.signal.reason)
      own.signal.addEventListener('abort', withdraw, { once: true })
      return ended
    },
  )
  operation.catch(() => undefined)
  return { secret, operation }
}

/** As LXD tells it. */
function metadataOf({ aliases, expiresAt, properties, public: isPublic }: ExpectedImage) {
  return {
    aliases: aliases.map(({ name, description = '' }) => ({ name, description })),
    expires_at: expiresAt?.toISOString() ?? '0001-01-01T00:00:00Z',
    properties,
    public: isPublic,
  }
}

/** Whoever sends the image may wait for it to be stored, by a secret of the operation. */
function reception(
  images: Images,
  expected: ExpectedImage,
  { project, operations }: { readonly project: string; readonly operations: Operations },
): ImageReception {
  return {
    import: (request, options = {}) =>
      operations.start(
        {
          description: 'Downloading image',
          metadata: { secret: randomBytes(32).toString('hex') },
          ...given(options),
        },
        async (own) => {
          const record = await images.import({ ...agreed(request, expected), project }, own)
          own.annotate({ fingerprint: record.fingerprint, size: String(record.sizeBytes) })
          return record
        },
      ),
  }
}

function agreed(
  request: Omit<ImportRequest, 'project'>,
  { fingerprint, public: isPublic, properties, aliases, expiresAt }: ExpectedImage,
): Omit<ImportRequest, 'project'> {
  return {
    ...request,
    ...{ public: isPublic, aliases, expectedFingerprint: fingerprint },
    properties: { ...request.properties, ...properties },
    ...(expiresAt && { expiresAt }),
  }
}
