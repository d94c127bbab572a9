import type { Answers } from './answers.ts'
import { listenAddress } from './answers.ts'

/** Asks one question; an empty answer is the default. */
export type AskPerson = (question: string, fallback: string) => Promise<string>

/** What is there already, which need not be made. */
export interface Present {
  readonly pools: readonly string[]
  readonly networks: readonly string[]
  /** A name that a new bridge can have. */
  readonly bridge: string
  readonly drivers: readonly string[]
}

/** The questions that LXD asks a machine that is not part of a cluster. */
export async function interview(person: AskPerson, present: Present): Promise<Answers> {
  const yes = async (question: string, fallback: boolean): Promise<boolean> =>
    /^y(es)?$/i.test(await person(`${question} (yes/no)`, fallback ? 'yes' : 'no'))
  const pool = (await yes(
    'Do you want to configure a new storage pool?',
    present.pools.length === 0,
  ))
    ? await poolAnswer(person, present)
    : undefined
  const bridge = (await yes(
    'Would you like to create a new local network bridge?',
    present.networks.length === 0,
  ))
    ? await bridgeAnswer(person, present)
    : undefined
  const open = await yes('Would you like the server to be available over the network?', false)
  const address = open
    ? listenAddress(
        await person('Address to bind to (not including port)', '[::]'),
        await person('Port to bind to', '8443'),
      )
    : undefined
  const trustPassword = open ? await person('Trust password for new clients (empty: none)', '') : ''
  return {
    ...(pool && { pool }),
    ...(bridge && { bridge }),
    ...(address !== undefined && { address }),
    ...(trustPassword !== '' && { trustPassword }),
  }
}

async function poolAnswer(person: AskPerson, { drivers }: Present): Promise<Answers['pool']> {
  const name = await person('Name of the new storage pool', 'default')
  const driver = await person(
    `Name of the storage backend to use (${drivers.join(', ')})`,
    drivers[0] ?? 'dir',
  )
  const source = await person('Existing directory to use as its source (empty: its own)', '')
  return { name, driver, ...(source !== '' && { source }) }
}

async function bridgeAnswer(person: AskPerson, { bridge }: Present): Promise<Answers['bridge']> {
  return {
    name: await person('What should the new bridge be called?', bridge),
    ipv4: await person(
      'What IPv4 address should be used? (CIDR subnet notation, “auto” or “none”)',
      'auto',
    ),
    ipv6: await person(
      'What IPv6 address should be used? (CIDR subnet notation, “auto” or “none”)',
      'auto',
    ),
  }
}
