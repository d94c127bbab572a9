import { type Device, type Expanded, mergeProfiles } from './contract.ts'
import { expandedOf, type HeldInstance, type HeldProfile } from './held-instances.ts'
import type { Holdings } from './holdings.ts'
import { deviceOffence } from './restricted-devices.ts'
import { forbiddenEntry } from './restricted-idmap.ts'
import { networkOffence } from './restricted-networks.ts'
import { DEMANDED, type OptionRule, optionRule } from './restricted-options.ts'
import { type RestrictionKey, type Settings, settingsOf } from './settings.ts'

/** What a restricted project forbids and somebody has. */
export interface Offence {
  /** As in `container "c1"`. */
  readonly holder: string
  /** As in `config "raw.lxc"`. */
  readonly part: string
  readonly value?: string
  /** Absent for options that are low-level, whatever their value. */
  readonly why?: string
  readonly restriction: RestrictionKey
  readonly setting: string
}

type Subject = Pick<OptionRule['restrictions'][number], 'type'>['type'] | 'profile'

/** The first offence of what a project holds; undefined when there is none, or the project is not restricted. */
export function offence(holdings: Holdings): Offence | undefined {
  const settings = settingsOf(holdings.config)
  if (!settings.restricted) return undefined
  return (
    first(holdings.instances, (instance) => instanceOffence(instance, settings)) ??
    first(holdings.profiles, (profile) => profileOffence(profile, settings)) ??
    first(holdings.networks, (network) => networkOffence(network, settings))
  )
}

function instanceOffence(instance: HeldInstance, settings: Settings): Offence | undefined {
  const { name, type } = instance
  const expanded = expandedOf(instance)
  const unset = DEMANDED.filter((option) => !Object.hasOwn(expanded.config, option))
  const holder = `${type} ${JSON.stringify(name)}`
  return partOffence(expanded, { subject: type, holder, unset, settings })
}

/** A profile by itself: what is in it may come to an instance later. */
function profileOffence(profile: HeldProfile, settings: Settings): Offence | undefined {
  const holder = `profile ${JSON.stringify(profile.name)}`
  // Merged with nothing: what is empty will not be recorded.
  const recorded = mergeProfiles([], profile)
  return partOffence(recorded, { subject: 'profile', holder, unset: [], settings })
}

interface Looking {
  readonly subject: Subject
  readonly holder: string
  /** Options that are looked at though they are left out. */
  readonly unset: readonly string[]
  readonly settings: Settings
}

function partOffence({ config, devices }: Expanded, looking: Looking): Offence | undefined {
  const options = [
    ...Object.entries(config),
    ...looking.unset.map((option) => [option, undefined] as const),
  ]
  return (
    first(options, (option) => optionOffence(option, looking)) ??
    first(Object.entries(devices), (device) => namedDeviceOffence(device, looking))
  )
}

function optionOffence(
  [option, value]: readonly [string, string | undefined],
  { subject, holder, settings }: Looking,
): Offence | undefined {
  const rule = optionRule(option)
  const concerned = rule?.restrictions.filter(
    ({ type }) => subject === 'profile' || type === subject,
  )
  const broken = concerned?.find(({ key }) => rule?.offends(value, settings.word(key)))
  if (!rule || !broken) return undefined
  if (option === 'raw.idmap' && !forbiddenEntry(value ?? '', settings)) return undefined
  return {
    ...{ holder, part: `config ${JSON.stringify(option)}` },
    ...(value !== undefined && { value }),
    ...(rule.why !== undefined && { why: rule.why }),
    ...{ restriction: broken.key, setting: settings.word(broken.key) },
  }
}

function namedDeviceOffence(
  [name, device]: readonly [string, Device],
  { holder, settings }: Looking,
): Offence | undefined {
  const found = deviceOffence(device, settings)
  if (!found) return undefined
  const { restriction, why } = found
  const setting = settings.word(restriction)
  return { holder, part: `device ${JSON.stringify(name)}`, why, restriction, setting }
}

function first<T, R>(items: readonly T[], look: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = look(item)
    if (found !== undefined) return found
  }
  return undefined
}
