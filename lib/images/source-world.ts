import { machine } from 'node:os'
import type { ServerSettings } from '../server/contract.ts'
import type { ObtainDeps } from './obtain.ts'
import type { ImageSource } from './sources/contract.ts'
import { httpClient } from './sources/http.ts'
import { imageSources } from './sources/index.ts'
import { proxyKeys } from './sources/proxy.ts'

/** What the room knows of the world around it. */
export interface SourceWorld {
  /** The kernel's word for the host's own. */
  readonly architecture: string
  readonly settings: Pick<ServerSettings, 'value'>
  /** In place of those that speak to servers. */
  readonly sources?: readonly ImageSource[]
}

const ALONE: SourceWorld = { architecture: machine(), settings: { value: async () => undefined } }

export function obtainDeps({
  world = ALONE,
  ...rest
}: Pick<ObtainDeps, 'images' | 'records' | 'directory'> & {
  readonly world?: SourceWorld | undefined
}): ObtainDeps {
  const value = (key: string): Promise<string | undefined> => world.settings.value(key)
  const ask = httpClient(() => proxyKeys(value, process.env))
  return {
    ...rest,
    sources: world.sources ?? imageSources({ ask, directory: rest.directory }),
    architecture: async () => (await value('images.default_architecture')) || world.architecture,
    looksAfter: async () => Number(await value('images.auto_update_interval')) > 0,
  }
}
