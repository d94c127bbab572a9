import type { KeyTable } from '../../core/config.ts'
import { listenAddress } from '../../core/listen-address.ts'
import { boolean, integerBetween, oneOf, text } from '../../core/value-types.ts'

const bgp = 'routes are not announced by BGP yet'
const ovn = 'OVN networks are not available yet'

/** What the server does on the network beside its API, and how it names what it makes there. */
export const networkKeys = {
  'core.bgp_address': {
    type: text,
    description: 'Address to bind the BGP server to',
    live: 'now',
    perMember: true,
    extensions: ['network_bgp'],
    missing: bgp,
  },
  'core.bgp_asn': {
    type: integerBetween(0, 4_294_967_294),
    description: 'Local BGP autonomous system number',
    live: 'now',
    extensions: ['network_bgp'],
    missing: bgp,
  },
  'core.bgp_routerid': {
    type: text,
    description: 'Unique BGP router ID in IPv4 notation',
    live: 'now',
    perMember: true,
    extensions: ['network_bgp'],
    missing: bgp,
  },
  'core.debug_address': {
    type: text,
    description: 'Address to bind the pprof debug server to (HTTP)',
    live: 'now',
    perMember: true,
    extensions: ['pprof_http'],
    missing: 'pprof is of the Go runtime; use the inspector of Node',
  },
  'core.dns_address': {
    type: text,
    description: 'Address to bind the authoritative DNS server to',
    live: 'now',
    perMember: true,
    extensions: ['network_dns'],
    missing: 'network zones are not available yet',
  },
  'core.metrics_address': {
    type: listenAddress,
    description: 'Address to bind the metrics server to (HTTPS)',
    live: 'now',
    perMember: true,
    extensions: ['metrics'],
  },
  'core.metrics_authentication': {
    type: boolean,
    description: 'Require authentication on the metrics endpoint',
    default: 'true',
    live: 'now',
    extensions: ['metrics_authentication'],
  },
  'instances.nic.host_name': {
    type: oneOf(['random', 'mac']),
    description: 'random: random host interface names; mac: lxd + MAC without its first two digits',
    default: 'random',
    live: 'now',
    extensions: ['instances_nic_host_name'],
  },
  'network.ovn.integration_bridge': {
    type: text,
    description: 'OVS integration bridge for OVN networks',
    default: 'br-int',
    live: 'now',
    extensions: ['network_type_ovn'],
    missing: ovn,
  },
  'network.ovn.northbound_connection': {
    type: text,
    description: 'OVN northbound database connection',
    default: 'unix:/var/run/ovn/ovnnb_db.sock',
    live: 'now',
    extensions: ['network_type_ovn'],
    missing: ovn,
  },
} as const satisfies KeyTable
