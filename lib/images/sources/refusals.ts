import { LxworksError } from '../../core/errors.ts'

/** Text of somebody else's, short and on one line. */
export function shown(text: unknown): string {
  return JSON.stringify(String(text).slice(0, 200))
}

export function badAddress(url: string, why: string): LxworksError {
  return new LxworksError(`${shown(url)} cannot be asked for images: ${why}; give another URL`, {
    kind: 'invalid',
    code: 'IMAGE_SOURCE_BAD_URL',
    context: { url },
  })
}

export function badRequest(why: string): LxworksError {
  return new LxworksError(`The source of the image cannot be used: ${why}`, {
    kind: 'invalid',
    code: 'IMAGE_SOURCE_BAD_REQUEST',
  })
}

export function insecure(url: string): LxworksError {
  return new LxworksError(
    `${shown(url)} is not asked: whoever listens on the way could give another image; use https`,
    { kind: 'invalid', code: 'IMAGE_SOURCE_INSECURE', context: { url } },
  )
}

export function misdirected(url: string, why: string): LxworksError {
  return new LxworksError(`${shown(url)} cannot be followed: ${why}; use another server`, {
    kind: 'invalid',
    code: 'IMAGE_SOURCE_MISDIRECTED',
    context: { url },
  })
}

export function tooLarge(url: string, limit: number): LxworksError {
  return new LxworksError(`${shown(url)} gives more than ${limit} bytes; nothing is kept`, {
    kind: 'invalid',
    code: 'IMAGE_SOURCE_TOO_LARGE',
    context: { url, limit },
  })
}

export function outOfReach(host: string): LxworksError {
  return new LxworksError(
    `${shown(host)} is an address of this machine itself, which is not asked for somebody who is confined to projects; name another server`,
    { kind: 'denied', code: 'IMAGE_SOURCE_OUT_OF_REACH' },
  )
}

export function badCertificate(cause: unknown): LxworksError {
  return new LxworksError(
    'The certificate of the source is none; give it as PEM, or leave it out for a server that an authority vouches for',
    { kind: 'invalid', code: 'IMAGE_SOURCE_BAD_CERTIFICATE', cause },
  )
}

export function unreachable(url: string, why: string, cause?: unknown): LxworksError {
  return new LxworksError(`${shown(url)} cannot be read: ${why}; try again later`, {
    kind: 'unavailable',
    code: 'IMAGE_SOURCE_UNREACHABLE',
    retryable: true,
    context: { url },
    cause,
  })
}

export function proxyRefused(host: string, status: number): LxworksError {
  return new LxworksError(
    `The proxy does not let through to ${shown(host)} (${status}); see the server's core.proxy_https`,
    { kind: 'unavailable', code: 'IMAGE_SOURCE_PROXY', context: { host, status } },
  )
}

export function noSuchProtocol(protocol: string): LxworksError {
  return new LxworksError(
    `Images cannot be fetched by the protocol ${shown(protocol)} here; import the image from files`,
    { kind: 'unsupported', code: 'IMAGE_SOURCE_NO_PROTOCOL', context: { protocol } },
  )
}

export function notThere(url: string, status: number): LxworksError {
  if (status === 404 || status === 410)
    return new LxworksError(`Image not found: there is nothing at ${shown(url)}; check its name`, {
      kind: 'notFound',
      code: 'IMAGE_SOURCE_NOT_FOUND',
      context: { url },
    })
  if (status === 401 || status === 403)
    return new LxworksError(`${shown(url)} is not handed out to everybody (${status})`, {
      kind: 'denied',
      code: 'IMAGE_SOURCE_DENIED',
      context: { url, status },
    })
  const retryable = status === 429 || status >= 500
  return new LxworksError(
    `${shown(url)} answers ${status}; ${retryable ? 'try again later' : 'check the address'}`,
    {
      kind: retryable ? 'unavailable' : 'invalid',
      code: 'IMAGE_SOURCE_REFUSED',
      retryable,
      context: { url, status },
    },
  )
}

export function cutOff(url: string, expected: number, found: number): LxworksError {
  return new LxworksError(
    `${shown(url)} gave ${found} bytes of ${expected}; try again, or another server`,
    {
      kind: 'unavailable',
      code: 'IMAGE_SOURCE_CUT_OFF',
      retryable: true,
      context: { url, expected, found },
    },
  )
}

export function wrongHash(url: string, expected: string, found: string): LxworksError {
  return new LxworksError(
    `${shown(url)} gave something else than was announced: expected ${expected}, got ${found}; try again, or another server`,
    {
      kind: 'invalid',
      code: 'IMAGE_SOURCE_HASH_MISMATCH',
      context: { url, expected, found },
    },
  )
}

export function badDocument(url: string, why: string, cause?: unknown): LxworksError {
  return new LxworksError(`${shown(url)} cannot be used: ${why}; use another server`, {
    kind: 'invalid',
    code: 'IMAGE_SOURCE_BAD_DOCUMENT',
    context: { url },
    cause,
  })
}

export function noSuchImage(name: string, server: string, offered: string): LxworksError {
  return new LxworksError(
    `Image not found: ${shown(server)} has no ${shown(name)}${offered}; list what it has`,
    { kind: 'notFound', code: 'IMAGE_SOURCE_NOT_FOUND', context: { name, server } },
  )
}

export function ambiguous(prefix: string, server: string): LxworksError {
  return new LxworksError(
    `More than one image of ${shown(server)} begins with ${prefix}; give more of its fingerprint`,
    { kind: 'invalid', code: 'IMAGE_AMBIGUOUS', context: { prefix, server } },
  )
}
