import type { EventSink } from '../core/events.ts'
import type { ImageAlias, ImageRecord, ImageSecrets, Images, OpenImages } from './contract.ts'
import type { ImageRecords } from './records.ts'
import { nothingOpen } from './secret-refusals.ts'
import { PendingSecrets } from './secrets.ts'

interface Store {
  readonly images: Pick<Images, 'list' | 'get' | 'files' | 'aliases'>
  readonly records: Pick<ImageRecords, 'home' | 'beginning'>
}

/** How those who are not trusted come to images. */
export function openStore({ events, ...store }: Store & { readonly events: EventSink }): {
  readonly secrets: ImageSecrets
  readonly open: OpenImages
} {
  const { images, records } = store
  const secrets = new PendingSecrets({
    events,
    home: (project) => records.home(project),
    get: (project, fingerprint) => images.get(project, fingerprint),
  })
  return { secrets, open: new ShownImages(store, secrets) }
}

/** Private images make no difference to any answer. */
class ShownImages implements OpenImages {
  readonly #store: Store
  readonly #secrets: PendingSecrets

  constructor(store: Store, secrets: PendingSecrets) {
    this.#store = store
    this.#secrets = secrets
  }

  async list(project: string): Promise<readonly ImageRecord[]> {
    return (await this.#store.images.list(project)).filter((image) => image.public)
  }

  async get(project: string, fingerprint: string, secret = ''): Promise<ImageRecord> {
    if (!/^[0-9a-f]{1,64}$/.test(fingerprint)) throw nothingOpen('Image')
    const found = (await this.#beginning(project, fingerprint)).filter(
      (image) => image.public || this.#secrets.opens(image, secret),
    )
    const [image] = found
    if (!image || found.length > 1) throw nothingOpen('Image')
    return image
  }

  async files(
    project: string,
    fingerprint: string,
    secret = '',
  ): Promise<Awaited<ReturnType<Images['files']>>> {
    const { fingerprint: whole } = await this.get(project, fingerprint, secret)
    return this.#store.images.files(project, whole)
  }

  async alias(project: string, name: string): Promise<ImageAlias> {
    const alias = await this.#store.images.aliases.get(project, name).catch(() => undefined)
    const [image] = alias ? await this.#beginning(project, alias.target) : []
    if (!alias || !image?.public) throw nothingOpen('Image alias')
    return alias
  }

  async #beginning(project: string, prefix: string): Promise<readonly ImageRecord[]> {
    const { records } = this.#store
    return records.beginning(await records.home(project), prefix)
  }
}
