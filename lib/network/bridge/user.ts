import type { Files } from '../../core/ports.ts'
import type { DnsmasqUser } from './dnsmasq-config.ts'

/** Who dnsmasq becomes once it listens: its own user where the package made one, else nobody; with the user's own group. */
export async function serviceUser(files: Files): Promise<DnsmasqUser> {
  const users = entries((await files.read('/etc/passwd')) ?? '')
  const groups = entries((await files.read('/etc/group')) ?? '')
  const found =
    users.find(([name]) => name === 'dnsmasq') ?? users.find(([name]) => name === 'nobody')
  const group = groups.find(([, , gid]) => gid === found?.[3])
  return { user: found?.[0] ?? 'nobody', group: group?.[0] ?? 'nogroup' }
}

function entries(table: string): readonly (readonly string[])[] {
  return table.split('\n').map((line) => line.split(':'))
}
