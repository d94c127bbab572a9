import { defineKeys } from '../../../core/config.ts'
import { boolean, integerBetween, octalMode, oneOf } from '../../../core/value-types.ts'
import { line } from '../../keys/types.ts'
import { type DeviceKeyTable, deviceType } from './declare.ts'

/** Connections passed on between the host and the instance. */
export const proxyKeys = defineKeys('device.proxy', {
  type: deviceType('proxy', 'proxy devices are not available yet'),
  listen: {
    type: line,
    description:
      'Address and ports to bind and listen on; <type>:<address>:<port>[-<port>][,<port>], unix:<path> or unix:@<name>, IPv6 in brackets',
    extensions: ['proxy', 'proxy_unix', 'proxy_udp', 'proxy_tcp_udp_multi_port_handling'],
    required: true,
    change: 'replug',
  },
  connect: {
    type: line,
    description: 'Address and ports to connect to; written like listen',
    extensions: ['proxy', 'proxy_unix', 'proxy_udp', 'proxy_tcp_udp_multi_port_handling'],
    required: true,
    change: 'replug',
  },
  bind: {
    type: oneOf(['host', 'instance', 'guest', 'container']),
    description: 'Side on which listen is bound; guest and container are former words for instance',
    default: 'host',
    extensions: ['proxy'],
    change: 'replug',
  },
  uid: {
    type: integerBetween(0, 4_294_967_295),
    description: 'Owner uid of the listening Unix socket',
    default: '0',
    extensions: ['proxy_unix_dac_properties'],
    change: 'replug',
  },
  gid: {
    type: integerBetween(0, 4_294_967_295),
    description: 'Owner gid of the listening Unix socket',
    default: '0',
    extensions: ['proxy_unix_dac_properties'],
    change: 'replug',
  },
  mode: {
    type: octalMode,
    description: 'Octal mode of the listening Unix socket',
    default: '0644',
    extensions: ['proxy_unix_dac_properties'],
    change: 'replug',
  },
  nat: {
    type: boolean,
    description: 'Forward with NAT instead of proxying; NIC needs a static IP',
    default: 'false',
    extensions: ['proxy_nat'],
    change: 'replug',
  },
  proxy_protocol: {
    type: boolean,
    description: 'Send the HAProxy PROXY header',
    default: 'false',
    extensions: ['proxy_haproxy_protocol'],
    change: 'replug',
  },
  'security.uid': {
    type: integerBetween(0, 4_294_967_295),
    description: 'uid to drop privileges to',
    default: '0',
    extensions: ['proxy_priv_drop'],
    change: 'replug',
  },
  'security.gid': {
    type: integerBetween(0, 4_294_967_295),
    description: 'gid to drop privileges to',
    default: '0',
    extensions: ['proxy_priv_drop'],
    change: 'replug',
  },
} satisfies DeviceKeyTable)
