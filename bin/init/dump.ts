import type { Api } from './api.ts'
import type { Preseed } from './preseed.ts'

type Found = Readonly<Record<string, unknown>>

const OF_PROFILE = ['config', 'description', 'devices', 'name']

/** What a preseed would have to say for the server to become as it is now. */
export async function dumped(api: Api): Promise<Preseed> {
  const server = (await api.call('GET', '/1.0')) as { readonly config: Preseed['config'] }
  const list = async (collection: string, fields: readonly string[]): Promise<Found[]> => {
    const found = await api.call('GET', `/1.0/${collection}?recursion=1`)
    return (found as readonly Found[]).map((each) => picked(each, fields))
  }
  const networks = (await api.call('GET', '/1.0/networks?recursion=1')) as readonly Found[]
  const dump = {
    config: server.config,
    networks: networks
      .filter(({ managed }) => managed === true)
      .map((each) => ({
        ...picked(each, ['config', 'description', 'name', 'type']),
        project: 'default',
      })),
    storage_pools: await list('storage-pools', ['config', 'description', 'name', 'driver']),
    profiles: await list('profiles', OF_PROFILE),
    projects: await list('projects', ['config', 'description', 'name']),
  }
  return dump as unknown as Preseed
}

function picked(from: Found, fields: readonly string[]): Found {
  return Object.fromEntries(fields.map((field) => [field, from[field]]))
}
