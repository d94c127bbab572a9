import { randomInt } from 'node:crypto'
import { LxworksError } from '../core/errors.ts'
import type { InstanceRef } from './contract.ts'

/** Refuses a name that cannot be a host name in LXD's sense: 1-63 letters, digits and dashes, not first a digit or dash, not last a dash. */
export function checkInstanceName(name: string): void {
  if (/^[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(name)) return
  throw new LxworksError(
    `Invalid instance name ${JSON.stringify(name.slice(0, 80))}: Name must be 1-63 letters, digits and dashes, starting with a letter and not ending with a dash`,
    { kind: 'invalid', code: 'INSTANCE_BAD_NAME' },
  )
}

/** The name on disk and of the container in liblxc: LXD puts the project in front where it is not the default one. */
export function storageName({ project, name }: InstanceRef): string {
  return project === 'default' ? name : `${project}_${name}`
}

/** Key of the queue in which all verbs of one instance wait for each other. */
export function instanceKey({ project, name }: InstanceRef): string {
  return `instance:${project}/${name}`
}

/** The URL path of an instance, or of a part of it. */
export function instanceUrl({ project, name }: InstanceRef, part: readonly string[] = []): string {
  const path = ['/1.0/instances', name, ...part.map(encodeURIComponent)].join('/')
  return `${path}${project === 'default' ? '' : `?project=${encodeURIComponent(project)}`}`
}

const QUALITIES =
  'able apt brave bright calm clear crisp deft eager fair fond glad keen kind live main neat pro quick ready real sharp sound steady sure tidy true vast warm wise'.split(
    ' ',
  )
const CREATURES =
  'bat bear bee bird boar bug cat cod cow crab deer dog dove duck eel elk emu fish fox frog gnat goat hare hawk hen ibex jay kit lark lynx mole moth mule newt owl ox pig pony ram ray seal slug swan toad vole wasp wolf wren yak'.split(
    ' ',
  )

export function randomName(): string {
  return `${pick(QUALITIES)}-${pick(CREATURES)}-${randomInt(36 ** 3).toString(36)}`.replace(
    /-$/,
    'a',
  )
}

function pick(words: readonly string[]): string {
  return words[randomInt(words.length)] ?? 'sure'
}
