import type { KeyDeclaration, KeyTable } from '../core/config.ts'
import { boolean, oneOf } from '../core/value-types.ts'
import { idRanges, networkNames, pathList, uplinkSubnets, zoneNames } from './rule-types.ts'

const RESTRICTIONS = ['projects_restrictions']

/** What a restricted project forbids; all of it only while `restricted` is true. */
export const restrictionKeys = {
  restricted: {
    type: boolean,
    description: 'Master switch of every restricted.* key; needs features.profiles',
    default: 'false',
    extensions: RESTRICTIONS,
  },
  'restricted.backups': blocked(
    'instance and volume backups',
    'projects_restricted_backups_and_snapshots',
  ),
  'restricted.cluster.groups': {
    type: networkNames,
    description: 'Only these cluster groups may be targeted',
    extensions: ['clustering_groups'],
    missing: 'clustering is not available yet',
  },
  'restricted.cluster.target': blocked(
    'direct member targeting on create or move',
    'projects_restricted_cluster_target',
  ),
  'restricted.containers.interception': {
    type: oneOf(['allow', 'block', 'full']),
    description:
      'Forbids syscall interception; allow opens the usually safe ones, and so does full: what lets a container mount file systems of its choice stays low-level',
    default: 'block',
    extensions: ['projects_restricted_intercept'],
  },
  'restricted.containers.lowlevel': blocked(
    'low-level container options: raw.*, ids of the host, kernel modules, changes of volatile.*',
  ),
  'restricted.containers.nesting': blocked('security.nesting=true'),
  'restricted.containers.privilege': {
    type: oneOf(['unprivileged', 'isolated', 'allow']),
    description:
      'unprivileged: no security.privileged=true; isolated: security.idmap.isolated=true besides; allow: no limit',
    default: 'unprivileged',
    extensions: RESTRICTIONS,
  },
  'restricted.devices.disk': {
    type: oneOf(['block', 'managed', 'allow']),
    description: 'block: only the root disk; managed: only with pool; allow: no limit',
    default: 'managed',
    extensions: RESTRICTIONS,
  },
  'restricted.devices.disk.paths': {
    type: pathList,
    description:
      'Comma list of directories below which sources of disks may lie when restricted.devices.disk=allow; empty allows all',
  },
  'restricted.devices.gpu': blocked('gpu devices'),
  'restricted.devices.infiniband': blocked('infiniband devices'),
  'restricted.devices.nic': {
    type: oneOf(['block', 'managed', 'allow']),
    description: 'block: no NIC at all; managed: only with network; allow: no limit',
    default: 'managed',
    extensions: RESTRICTIONS,
  },
  'restricted.devices.pci': blocked('pci devices'),
  'restricted.devices.proxy': blocked('proxy devices'),
  'restricted.devices.unix-block': blocked('unix-block devices'),
  'restricted.devices.unix-char': blocked('unix-char devices'),
  'restricted.devices.unix-hotplug': blocked('unix-hotplug devices'),
  'restricted.devices.usb': blocked('usb devices'),
  'restricted.idmap.uid': {
    type: idRanges,
    description: 'Comma list of host uids and ranges that raw.idmap may use; empty: none',
  },
  'restricted.idmap.gid': {
    type: idRanges,
    description: 'Comma list of host gids and ranges that raw.idmap may use; empty: none',
  },
  'restricted.networks.access': {
    type: networkNames,
    description: 'Comma list of networks that NICs may name; empty allows all',
    extensions: ['projects_networks_restricted_access'],
  },
  'restricted.networks.subnets': {
    type: uplinkSubnets,
    description:
      'Comma list of <uplink>:<subnet> that networks without NAT may use; empty: the routes of the uplink',
    extensions: ['network_ovn_external_subnets'],
  },
  'restricted.networks.uplinks': {
    type: networkNames,
    description: 'Comma list of networks usable as uplink; empty: none',
    extensions: ['projects_networks_restricted_uplinks'],
  },
  'restricted.networks.zones': {
    type: zoneNames,
    description:
      'Comma list of network zones that the project may use, with those below them; empty: none',
    extensions: ['network_dns'],
  },
  'restricted.snapshots': blocked(
    'instance and volume snapshots',
    'projects_restricted_backups_and_snapshots',
  ),
  'restricted.virtual-machines.lowlevel': blocked(
    'low-level options of virtual machines: raw.*, huge pages, changes of volatile.*',
  ),
} as const satisfies KeyTable

function blocked(what: string, extension = 'projects_restrictions') {
  return {
    type: oneOf(['allow', 'block']),
    description: `Forbids ${what}`,
    default: 'block',
    extensions: [extension],
  } as const satisfies KeyDeclaration
}
