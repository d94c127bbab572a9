import { isIP } from 'node:net'
import type { KeyTable } from '../../core/config.ts'
import { lifetime } from '../../core/lifetime.ts'
import { listenAddress } from '../../core/listen-address.ts'
import { boolean, commaList, text } from '../../core/value-types.ts'

const addressList = commaList.refine(
  (words) => words.every((word) => isIP(word) > 0),
  'expected IP addresses separated by commas',
)

/** Who may reach the API over the network, and how. */
export const accessKeys = {
  'core.https_address': {
    type: listenAddress,
    description: 'Address to bind the remote API to (HTTPS)',
    live: 'now',
    perMember: true,
  },
  'core.https_allowed_credentials': {
    type: boolean,
    description: 'Send Access-Control-Allow-Credentials: true',
    default: 'false',
    live: 'now',
    extensions: ['https_allowed_credentials'],
  },
  'core.https_allowed_headers': {
    type: text,
    description: 'Access-Control-Allow-Headers value',
    live: 'now',
  },
  'core.https_allowed_methods': {
    type: text,
    description: 'Access-Control-Allow-Methods value',
    live: 'now',
  },
  'core.https_allowed_origin': {
    type: text,
    description: 'Access-Control-Allow-Origin value',
    live: 'now',
  },
  'core.https_trusted_proxy': {
    type: addressList,
    description: 'Comma list of proxies whose connection header carries the client address',
    live: 'now',
    extensions: ['server_trusted_proxy'],
  },
  'core.remote_token_expiry': {
    type: lifetime,
    description:
      'How long a token that trusts a client is good, such as 2H or 1d; without it for ever',
    live: 'now',
  },
  'core.trust_ca_certificates': {
    type: boolean,
    description: 'Trust clients signed by the CA automatically',
    default: 'false',
    live: 'now',
    extensions: ['trust_ca_certificates'],
  },
  'core.trust_password': {
    type: text,
    description: 'Password clients present to establish trust',
    live: 'now',
    secret: true,
  },
} as const satisfies KeyTable
