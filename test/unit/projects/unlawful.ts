import type { RawConfig } from '../../../lib/core/config.ts'
import type { Expanded, ProjectRecord } from '../../../lib/projects/contract.ts'
import type { World } from '../instances/world.ts'
import { FORBIDDEN, type ForbiddenThing } from './forbidden-things.ts'

/** What is in a world though its projects forbid it or have no room for it; reckoned from what the rooms tell, in another way than theirs. */
export async function unlawful(world: World): Promise<readonly string[]> {
  const projects = await world.projects.list()
  return (await Promise.all(projects.map((project) => unlawfulIn(world, project)))).flat()
}

async function unlawfulIn(
  world: World,
  { name, config }: ProjectRecord,
): Promise<readonly string[]> {
  const instances = await world.list({ project: name })
  const profiles = await world.projects.profiles.list(name)
  const whole = instances.map(({ name: instance, expandedConfig, expandedDevices }) => {
    return { holder: instance, config: expandedConfig, devices: expandedDevices }
  })
  const own = profiles.filter(({ project }) => project === name)
  const parts = [...whole, ...own.map((profile) => ({ holder: profile.name, ...profile }))]
  return [
    ...(isOn(config.restricted) ? parts.flatMap((part) => forbiddenIn(part, config)) : []),
    ...(isOn(config.restricted) && !isOn(config['features.profiles']) ? ['shared profiles'] : []),
    ...overSum(whole, config, ['limits.memory', bytes]),
    ...overSum(whole, config, ['limits.cpu', Number]),
    ...(whole.length > Number(config['limits.instances'] ?? Infinity) ? ['instances'] : []),
  ].map((what) => `${name}: ${what}`)
}

type Part = Expanded & { readonly holder: string }

function forbiddenIn(part: Part, rules: RawConfig): readonly string[] {
  const found = FORBIDDEN.filter(
    (thing) => rules[`restricted.${thing.restriction}`] !== 'allow' && has(part, thing),
  )
  return found.map(({ what }) => `${part.holder} has ${what}`)
}

function has({ config, devices }: Expanded, { given }: ForbiddenThing): boolean {
  const options = Object.entries(given.config ?? {})
  if (options.length > 0) return options.every(([key, value]) => config[key] === value)
  const wanted = JSON.stringify(Object.entries(given.devices?.d ?? {}).sort())
  return Object.values(devices).some(
    (device) => JSON.stringify(Object.entries(device).sort()) === wanted,
  )
}

function overSum(
  instances: readonly Part[],
  rules: RawConfig,
  [key, read]: readonly [string, (text: string) => number],
): readonly string[] {
  const most = rules[key]
  if (most === undefined) return []
  const sum = instances.reduce((total, { config }) => total + read(config[key] ?? ''), 0)
  return sum <= read(most) ? [] : [`${key} is ${sum} of ${most}`]
}

/** Not a number for what cannot be added up. */
function bytes(text: string): number {
  return /^\d+GiB$/.test(text) ? Number.parseInt(text, 10) : Number.NaN
}

function isOn(text: string | undefined): boolean {
  return text === 'true'
}
