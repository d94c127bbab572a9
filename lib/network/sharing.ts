import { type Database, projectHome } from '../state/contract.ts'
import type { Networks } from './contract.ts'

/** The room as projects see it: those without networks of their own have those of `default`. */
export function sharedNetworks(room: Networks, database: Database): Networks {
  const home = (project: string): Promise<string> => projectHome(database, project, 'networks')
  return {
    create: async (network, walking) =>
      room.create({ ...network, project: await home(network.project) }, walking),
    get: async (project, name) => room.get(await home(project), name),
    list: async (project) => room.list(await home(project)),
    update: async (project, name, change) => room.update(await home(project), name, change),
    rename: async (project, name, to) => room.rename(await home(project), name, to),
    delete: async (project, name, walking) => room.delete(await home(project), name, walking),
    state: async (project, name) => room.state(await home(project), name),
    leases: async (project, name) => room.leases(await home(project), name),
    facts: async (project, name) => room.facts(await home(project), name),
    attach: (nic, owner) => room.attach(nic, owner),
    detach: (nic, owner) => room.detach(nic, owner),
    start: () => room.start(),
  }
}
