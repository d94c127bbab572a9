import { machine } from 'node:os'
import type { Walking } from '../core/cancel.ts'
import type { ServerSettings } from '../server/contract.ts'
import type { Database } from '../state/contract.ts'
import type { SendRequest } from './contract.ts'
import type { ObtainDeps } from './obtain.ts'
import type { ImageSource } from './sources/contract.ts'
import { type Ask, httpClient, outside } from './sources/http.ts'
import { imageSources, type SourceDeps } from './sources/index.ts'
import { type Sending, send } from './sources/lxd/send.ts'
import { LxdServer } from './sources/lxd/server.ts'
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

/** How an image is sent to another server. */
export function imageSender(world: SourceWorld = ALONE): Sender {
  const ask = clientOf(world)
  return ({ request: { target, secret, profiles }, image, files }, walking) => {
    const server = new LxdServer(target.reach === 'outside' ? outside(ask) : ask, target)
    return send({ server, image, files, secret, ...(profiles && { profiles }) }, walking)
  }
}

type Sender = (
  what: Pick<Sending, 'image' | 'files'> & { readonly request: SendRequest },
  walking: Walking,
) => Promise<void>

const OWN_KEY =
  'SELECT value FROM projects_config JOIN projects ON projects.id = project_id WHERE projects.name = ? AND key = ?'

export function obtainDeps({
  world = ALONE,
  database,
  archives,
  ...rest
}: Pick<ObtainDeps, 'images' | 'records' | 'directory'> & {
  readonly archives: SourceDeps['archives']
  readonly world?: SourceWorld | undefined
  readonly database: Pick<Database, 'query'>
}): ObtainDeps {
  const { settings, architecture } = world
  const ask = clientOf(world)
  // What a project says goes before what the server says.
  const value: ObtainDeps['value'] = async (project, key) => {
    const [own] = await database.query(OWN_KEY, [project, key])
    return String(own?.value ?? '') || settings.value(key)
  }
  return {
    ...rest,
    value,
    sources: world.sources ?? imageSources({ ask, archives, directory: rest.directory }),
    outside:
      world.sources ?? imageSources({ ask: outside(ask), archives, directory: rest.directory }),
    architecture: async (project) =>
      (await value(project, 'images.default_architecture')) || architecture,
  }
}

function clientOf({ settings }: SourceWorld): Ask {
  return httpClient(() => proxyKeys((key) => settings.value(key), process.env))
}
