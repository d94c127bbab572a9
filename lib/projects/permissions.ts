import type { Statements } from '../state/contract.ts'
import type { NetworkReach, Verb } from './contract.ts'
import { readProjectConfig } from './holdings.ts'
import { verbForbidden } from './refusals.ts'
import { type Settings, settingsOf } from './settings.ts'

type Reader = Pick<Statements, 'query'>

/** Refuses what the project's restrictions forbid to do at all. */
export async function refuseVerb(reader: Reader, project: string, verb: Verb): Promise<void> {
  const restriction = `restricted.${verb}` as const
  const settings = await restrictedSettings(reader, project)
  if (settings?.word(restriction) === 'block') throw verbForbidden(project, restriction)
}

/** Directories that disks of the host may not leave; undefined where they may be anywhere. */
export async function diskRoots(
  reader: Reader,
  project: string,
): Promise<readonly string[] | undefined> {
  const settings = await restrictedSettings(reader, project)
  const roots = settings?.names('restricted.devices.disk.paths') ?? []
  return roots.length > 0 ? roots : undefined
}

/** The networks that the project may know of: those that a NIC of it may name. */
export async function networkReach(reader: Reader, project: string): ReturnType<NetworkReach> {
  const settings = await restrictedSettings(reader, project)
  if (!settings) return undefined
  const nic = settings.word('restricted.devices.nic')
  const names = settings.names('restricted.networks.access')
  return ({ name, managed }) => {
    const isAllowed = nic === 'allow' || (nic === 'managed' && managed)
    return isAllowed && (names.length === 0 || names.includes(name))
  }
}

/** Undefined for a project that is not restricted. */
async function restrictedSettings(reader: Reader, project: string): Promise<Settings | undefined> {
  const settings = settingsOf(await readProjectConfig(reader, project))
  return settings.restricted ? settings : undefined
}
