import type { KeyTable } from '../../core/config.ts'
import { commaList, integer, text } from '../../core/value-types.ts'

const candid = 'authentication by Candid is not available yet'
const rbac = 'access control by an RBAC server is not available yet'
const maas = 'MAAS is not told of instances yet'

/** Services of others that say who somebody is, what he may do, and which addresses are taken. */
export const authenticationKeys = {
  'candid.api.key': {
    type: text,
    description: 'Public key of the Candid server, needed for HTTP-only servers',
    live: 'now',
    extensions: ['candid_config_key'],
    missing: candid,
  },
  'candid.api.url': {
    type: text,
    description: 'URL of the Candid authentication endpoint',
    live: 'now',
    extensions: ['candid_authentication'],
    missing: candid,
  },
  'candid.domains': {
    type: commaList,
    description: 'Comma list of allowed Candid domains, empty allows all',
    live: 'now',
    extensions: ['candid_config'],
    missing: candid,
  },
  'candid.expiry': {
    type: integer,
    description: 'Candid macaroon lifetime in seconds',
    default: '3600',
    live: 'now',
    extensions: ['candid_config'],
    missing: candid,
  },
  'maas.api.key': {
    type: text,
    description: 'MAAS API key',
    live: 'now',
    extensions: ['maas_network'],
    missing: maas,
  },
  'maas.api.url': {
    type: text,
    description: 'MAAS server URL',
    live: 'now',
    extensions: ['maas_network'],
    missing: maas,
  },
  'maas.machine': {
    type: text,
    description: 'Name of this host in MAAS',
    defaultRule: 'hostname',
    live: 'now',
    perMember: true,
    extensions: ['maas_network'],
    missing: maas,
  },
  'rbac.agent.private_key': {
    type: text,
    description: 'Candid agent private key issued at RBAC registration',
    live: 'now',
    extensions: ['rbac'],
    missing: rbac,
  },
  'rbac.agent.public_key': {
    type: text,
    description: 'Candid agent public key issued at RBAC registration',
    live: 'now',
    extensions: ['rbac'],
    missing: rbac,
  },
  'rbac.agent.url': {
    type: text,
    description: 'Candid agent URL issued at RBAC registration',
    live: 'now',
    extensions: ['rbac'],
    missing: rbac,
  },
  'rbac.agent.username': {
    type: text,
    description: 'Candid agent user name issued at RBAC registration',
    live: 'now',
    extensions: ['rbac'],
    missing: rbac,
  },
  'rbac.api.expiry': {
    type: integer,
    description: 'RBAC macaroon lifetime in seconds',
    default: '3600',
    live: 'now',
    extensions: ['rbac'],
    missing: rbac,
  },
  'rbac.api.key': {
    type: text,
    description: 'Public key of the RBAC server, needed for HTTP-only servers',
    live: 'now',
    extensions: ['rbac'],
    missing: rbac,
  },
  'rbac.api.url': {
    type: text,
    description: 'URL of the external RBAC server',
    live: 'now',
    extensions: ['rbac'],
    missing: rbac,
  },
} as const satisfies KeyTable
