import type { NetworkReach } from '../projects/contract.ts'
import { type Database, projectHome } from '../state/contract.ts'
import type { Networks } from './contract.ts'
import { networkNotFound } from './records.ts'
import { notAllowed } from './refusals.ts'

export interface SharingDeps {
  readonly database: Database
  readonly reach?: NetworkReach | undefined
}

/**
 * The room as projects see it: those without networks of their own have those of `default`, and a restricted one knows only of those
 * that it may use.
 */
export function sharedNetworks(room: Networks, { database, reach }: SharingDeps): Networks {
  const home = (project: string): Promise<string> => projectHome(database, project, 'networks')
  const at = async (project: string, name: string, managed = true): Promise<string> => {
    const [where, reaches] = await Promise.all([home(project), reach?.(project)])
    if (reaches?.({ name, managed }) === false) throw networkNotFound(where, name)
    return where
  }
  const allowed = async (project: string, name: string): Promise<void> => {
    if ((await reach?.(project))?.({ name, managed: true }) === false)
      throw notAllowed(name, project)
  }
  const get: Networks['get'] = async (project, name) => {
    const record = await room.get(await home(project), name)
    await at(project, name, record.managed)
    return record
  }
  return {
    get,
    create: async (network, walking) => {
      await allowed(network.project, network.name)
      return room.create({ ...network, project: await home(network.project) }, walking)
    },
    list: async (project) => {
      const [all, reaches] = await Promise.all([room.list(await home(project)), reach?.(project)])
      return reaches ? all.filter(reaches) : all
    },
    update: async (project, name, change) => room.update(await at(project, name), name, change),
    rename: async (project, name, to) => {
      const where = await at(project, name)
      await allowed(project, to)
      await room.rename(where, name, to)
    },
    delete: async (project, name, walking) => room.delete(await at(project, name), name, walking),
    state: async (project, name) => {
      const where = await home(project)
      if (await reach?.(project)) await get(project, name)
      return room.state(where, name)
    },
    leases: async (project, name) => room.leases(await at(project, name), name),
    facts: async (project, name) => {
      const facts = await room.facts(await home(project), name)
      await at(project, name, facts.managed)
      return facts
    },
    offer: async (project, name, wish) => room.offer(await home(project), name, wish),
    attach: (nic, owner) => room.attach(nic, owner),
    detach: (nic, owner) => room.detach(nic, owner),
    start: () => room.start(),
  }
}
