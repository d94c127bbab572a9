import { createHash, randomBytes } from 'node:crypto'
import { type Cancellable, cancelled, throwIfAborted } from '../core/cancel.ts'
import type { EventSink } from '../core/events.ts'
import { projectUrl } from '../core/project-url.ts'
import type { ExpectedImage, ImageRecord, ImageSecret, ImageSecrets } from './contract.ts'
import { badFingerprint, secretUnused, tooManySecrets, wrongSecret } from './secret-refusals.ts'

/** What the secrets need of the room. */
interface Known {
  readonly events: EventSink
  readonly home: (project: string) => Promise<string>
  readonly get: (project: string, fingerprint: string) => Promise<ImageRecord>
}

interface Pending {
  readonly home: string
  readonly fingerprint: string
  /** Absent for a secret that reads. */
  readonly expected?: ExpectedImage
  readonly life: Life
}

const UNUSED_MS = 24 * 3_600_000
/** Whoever reads an image asks for its record first, and for its files then. */
const READING_MS = 60_000
const MOST = 2_000

/** Secrets for one image each, which nobody has used up yet. */
export class PendingSecrets implements ImageSecrets {
  /** By hash of the secret: a lookup that ends sooner or later tells nothing about a secret. */
  readonly #pending = new Map<string, Pending>()
  readonly #known: Known

  constructor(known: Known) {
    this.#known = known
  }

  async share(
    project: string,
    fingerprint: string,
    options: Cancellable = {},
  ): Promise<ImageSecret> {
    const image = await this.#known.get(project, fingerprint)
    const issued = this.#issue({ home: image.project, fingerprint: image.fingerprint }, options)
    this.#tell(image.project, image.fingerprint)
    return issued
  }

  async expect(
    project: string,
    expected: ExpectedImage,
    options: Cancellable = {},
  ): Promise<ImageSecret> {
    const { fingerprint } = expected
    if (!/^[0-9a-f]{64}$/.test(fingerprint)) throw badFingerprint(fingerprint)
    const home = await this.#known.home(project)
    const issued = this.#issue({ home, fingerprint, expected }, options)
    this.#tell(home, fingerprint)
    return issued
  }

  /** Whether the secret reads this image; from the first time on it does so for a while. */
  opens({ project, fingerprint }: ImageRecord, secret: string): boolean {
    const found = this.#pending.get(hashOf(secret))
    const isIt = found?.home === project && found.fingerprint === fingerprint
    if (!found || !isIt || found.expected) return false
    found.life.used(READING_MS)
    return true
  }

  async redeem(
    project: string,
    { fingerprint, secret }: { readonly fingerprint: string; readonly secret: string },
  ): Promise<ExpectedImage> {
    const home = await this.#known.home(project).catch(() => undefined)
    const key = hashOf(secret)
    const found = this.#pending.get(key)
    const isIt = found?.home === home && found?.fingerprint === fingerprint
    if (!found?.expected || !isIt) throw wrongSecret()
    this.#pending.delete(key)
    found.life.used(0)
    return found.expected
  }

  #issue(what: Omit<Pending, 'life'>, options: Cancellable): ImageSecret {
    throwIfAborted(options.signal)
    if (this.#pending.size >= MOST) throw tooManySecrets(MOST)
    const secret = randomBytes(32).toString('hex')
    const key = hashOf(secret)
    const life = new Life(options)
    const forget = (): void => void this.#pending.delete(key)
    this.#pending.set(key, { ...what, life })
    life.ended.then(forget, forget)
    return { fingerprint: what.fingerprint, secret, ended: life.ended }
  }

  #tell(project: string, fingerprint: string): void {
    const source = projectUrl(`/1.0/images/${fingerprint}`, project)
    this.#known.events.lifecycle({ action: 'image-secret-created', project, source })
  }
}

/** How long a secret is good. */
class Life {
  readonly ended: Promise<void>
  #end: () => void = () => undefined
  #timer: NodeJS.Timeout | undefined
  #isUsed = false

  constructor({ signal }: Cancellable) {
    this.ended = new Promise((resolve, reject) => {
      const abort = (): void => reject(cancelled(signal?.reason))
      signal?.addEventListener('abort', abort, { once: true })
      this.#timer = setTimeout(() => reject(secretUnused()), UNUSED_MS).unref()
      this.#end = resolve
    })
  }

  /** Said when the secret was used; it is good for so much longer. */
  used(longerMs: number): void {
    if (this.#isUsed) return
    this.#isUsed = true
    clearTimeout(this.#timer)
    if (longerMs === 0) this.#end()
    else this.#timer = setTimeout(this.#end, longerMs).unref()
  }
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}
