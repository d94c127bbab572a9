import { BlockList, isIP } from 'node:net'
import { boolean } from '../core/value-types.ts'
import type { HeldNetwork } from './holdings.ts'
import type { UplinkSubnet } from './rule-types.ts'
import type { RestrictionKey, Settings } from './settings.ts'

/** What is wrong with a network of a restricted project; undefined: nothing. */
export function networkOffence({ name, config }: HeldNetwork, settings: Settings) {
  const found =
    uplinkOffence(config, settings) ??
    subnetOffence(config, settings) ??
    zoneOffence(config, settings)
  if (!found) return undefined
  const setting = config[found.option] ?? ''
  return {
    ...{
      holder: `network ${JSON.stringify(name)}`,
      part: `config ${JSON.stringify(found.option)}`,
    },
    ...{ value: setting, why: found.why, restriction: found.restriction },
    setting: settings.word(found.restriction),
  }
}

interface Found {
  readonly option: string
  readonly restriction: RestrictionKey
  readonly why: string
}

type NetworkRule = (config: HeldNetwork['config'], settings: Settings) => Found | undefined

const uplinkOffence: NetworkRule = ({ network }, settings) => {
  if (!network || settings.names('restricted.networks.uplinks').includes(network)) return undefined
  const why = 'The project may not use that network as uplink'
  return { option: 'network', restriction: 'restricted.networks.uplinks', why }
}

/** Behind NAT, any subnet will do. */
const subnetOffence: NetworkRule = (config, settings) => {
  const allotted = settings.subnets().filter(({ uplink }) => uplink === config.network)
  if (settings.subnets().length === 0 || !config.network) return undefined
  const option = ['ipv4', 'ipv6']
    .filter((family) => boolean.safeParse(config[`${family}.nat`]).data !== true)
    .map((family) => `${family}.address`)
    .find((key) => isSubnet(config[key]) && !isWithin(config[key] ?? '', allotted))
  if (option === undefined) return undefined
  const why = 'The subnet is not one of those allotted to the project'
  return { option, restriction: 'restricted.networks.subnets', why }
}

const zoneOffence: NetworkRule = (config, settings) => {
  const zones = settings.names('restricted.networks.zones')
  const option = Object.keys(config).find(
    (key) => key.startsWith('dns.zone.') && config[key] && !isBelowZone(config[key] ?? '', zones),
  )
  if (option === undefined) return undefined
  const why = 'The project may not use that zone'
  return { option, restriction: 'restricted.networks.zones', why }
}

function isBelowZone(name: string, zones: readonly string[]): boolean {
  const plain = name.toLowerCase().replace(/\.$/, '')
  return zones
    .map((zone) => zone.toLowerCase())
    .some((zone) => plain === zone || plain.endsWith(`.${zone}`))
}

function isSubnet(text: string | undefined): boolean {
  return text?.includes('/') ?? false
}

function isWithin(text: string, allotted: readonly UplinkSubnet[]): boolean {
  const [address = '', length] = text.split('/')
  const family = isIP(address)
  const roomy = allotted.filter(
    ({ address: base, prefix }) => isIP(base) === family && prefix <= Number(length),
  )
  const list = new BlockList()
  for (const { address: base, prefix } of roomy)
    list.addSubnet(base, prefix, family === 6 ? 'ipv6' : 'ipv4')
  return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4')
}
