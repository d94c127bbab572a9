import { errorMessage } from '../core/errors.ts'
import type { EventSink } from '../core/events.ts'
import type { ImageRecord, Images } from './contract.ts'
import type { ImageRecords } from './records.ts'

/** What looking after images needs. */
export interface UpkeepDeps {
  readonly images: Pick<Images, 'refresh' | 'delete'>
  readonly records: ImageRecords
  readonly events: EventSink
  /** A key `images.*` as it holds for a project. */
  readonly value: (project: string, key: string) => Promise<string | undefined>
}

const FIRST_MS = 60_000
const HOUR_MS = 3_600_000

/** Keeps images that follow a source up to date, and removes cached ones that nobody has used for long. */
export class Upkeep {
  readonly #deps: UpkeepDeps
  /** When the images of a project were last looked at. */
  readonly #looked = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined
  #running: { readonly done: Promise<void>; readonly abort: AbortController } | undefined

  constructor(deps: UpkeepDeps) {
    this.#deps = deps
  }

  /** From now on every hour, for as long as the process has something else to do. */
  start(afterMs = FIRST_MS): void {
    this.#timer ??= setTimeout(() => this.#tick(), afterMs).unref()
  }

  /** Resolves when nothing of it goes on. */
  async pause(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#running?.abort.abort(new Error('the host closes'))
    await this.#running?.done
  }

  /** One round: what is due at `now`. What fails is logged, and tried again in the next. */
  async run(now: Date, signal?: AbortSignal): Promise<void> {
    const all = await this.#deps.records.all()
    await this.#expire(all, now)
    for (const project of new Set(all.map((image) => image.project))) {
      if (!(await this.#isDue(project, now.getTime()))) continue
      for (const image of all.filter((one) => one.project === project && follows(one)))
        if (!signal?.aborted) await this.#refresh(image, signal)
    }
  }

  #tick(): void {
    const abort = new AbortController()
    const done = this.run(new Date(), abort.signal)
      .catch((error) => this.#warn('images could not be looked after', { error }))
      .finally(() => {
        this.#running = undefined
        if (this.#timer === undefined) return
        this.#timer = undefined
        this.start(HOUR_MS)
      })
    this.#running = { done, abort }
  }

  /** No two rounds are exactly an hour apart. */
  async #isDue(project: string, now: number): Promise<boolean> {
    const hours = Number(await this.#deps.value(project, 'images.auto_update_interval'))
    const last = this.#looked.get(project)
    if (!(hours > 0) || (last !== undefined && now - last < (hours - 0.5) * HOUR_MS)) return false
    this.#looked.set(project, now)
    return true
  }

  async #refresh({ project, fingerprint }: ImageRecord, signal?: AbortSignal): Promise<void> {
    try {
      await this.#deps.images.refresh(project, fingerprint, { signal })
    } catch (error) {
      if (!signal?.aborted)
        this.#warn('an image could not be updated', { project, fingerprint, error })
    }
  }

  async #expire(all: readonly ImageRecord[], now: Date): Promise<void> {
    for (const image of all.filter(({ cached }) => cached)) {
      const { project, fingerprint } = image
      const days = Number(await this.#deps.value(project, 'images.remote_cache_expiry'))
      if (!isOver(image, days, now)) continue
      await this.#deps.images
        .delete(project, fingerprint)
        .catch((error) =>
          this.#warn('an image could not be removed', { project, fingerprint, error }),
        )
    }
  }

  #warn(message: string, { error, ...context }: Readonly<Record<string, unknown>>): void {
    this.#deps.events.log('warning', message, { ...context, error: errorMessage(error) })
  }
}

function follows({ autoUpdate, origin }: ImageRecord): boolean {
  return autoUpdate && origin !== undefined
}

/** Unused for so many days, or over by what it says itself. */
function isOver(image: ImageRecord, days: number, now: Date): boolean {
  const { lastUsedAt, uploadedAt, expiresAt } = image
  if (!(days > 0)) return false
  if (expiresAt !== undefined && expiresAt <= now) return true
  return now.getTime() - (lastUsedAt ?? uploadedAt).getTime() >= days * 24 * HOUR_MS
}
