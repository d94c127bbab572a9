import { errorCode, isLxworksError, LxworksError } from '../../core/errors.ts'

/** What a failure of nft means to whoever asked for rules. Anything else than a failure of nft is given back as it is. */
export function firewallRefusal(error: unknown): unknown {
  if (errorCode(error) === 'CORE_COMMAND_MISSING') return noNft(error)
  if (!isLxworksError(error) || error.code !== 'CORE_COMMAND_FAILED') return error
  const said = String(error.context.stderr ?? '')
  return /Operation not permitted|Permission denied/.test(said) ? denied(error) : refused(error)
}

function noNft(cause: unknown): LxworksError {
  return new LxworksError(
    'nft was not found and iptables is not supported yet; install the package nftables',
    { kind: 'unavailable', code: 'NETWORK_NO_FIREWALL', cause },
  )
}

function denied(cause: LxworksError): LxworksError {
  return new LxworksError(
    'nft may not change the rules of this host; run as root, with CAP_NET_ADMIN for its network namespace',
    { kind: 'unavailable', code: 'NETWORK_FIREWALL_DENIED', context: cause.context, cause },
  )
}

function refused(cause: LxworksError): LxworksError {
  return new LxworksError(
    `nft and the kernel refuse the rules: ${cause.message}; the kernel must have nf_tables with NAT and reject`,
    { kind: 'unavailable', code: 'NETWORK_FIREWALL_REFUSED', context: cause.context, cause },
  )
}
