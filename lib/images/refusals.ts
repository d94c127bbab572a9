import { LxworksError } from '../core/errors.ts'

export function imageNotFound(reference: string, project: string): LxworksError {
  return new LxworksError(
    `Image not found: no image or alias ${JSON.stringify(reference)} in project ${project}; import it, or list what is there`,
    { kind: 'notFound', code: 'IMAGE_NOT_FOUND', context: { reference, project } },
  )
}

export function imageAmbiguous(prefix: string, fingerprints: readonly string[]): LxworksError {
  return new LxworksError(
    `More than one image begins with ${prefix}: ${fingerprints.map((one) => one.slice(0, 12)).join(', ')}; give more of its fingerprint`,
    { kind: 'invalid', code: 'IMAGE_AMBIGUOUS', context: { prefix } },
  )
}

export function imageExists(fingerprint: string): LxworksError {
  return new LxworksError(`Image with same fingerprint already exists: ${fingerprint}`, {
    kind: 'exists',
    code: 'IMAGE_EXISTS',
    context: { fingerprint },
  })
}

export function splitDiffers(fingerprint: string): LxworksError {
  return new LxworksError(
    `Image with same fingerprint already exists: another project has ${fingerprint}, divided into files at another place; import it divided like that one, or delete that one first`,
    { kind: 'exists', code: 'IMAGE_SPLIT_DIFFERS', context: { fingerprint } },
  )
}

export function aliasExists(name: string): LxworksError {
  return new LxworksError(
    `Alias already exists: ${name}; delete it first, or choose another name`,
    {
      kind: 'exists',
      code: 'IMAGE_ALIAS_EXISTS',
      context: { alias: name },
    },
  )
}

export function aliasNotFound(name: string): LxworksError {
  return new LxworksError(`Image alias not found: ${name}; list the aliases to see what is there`, {
    kind: 'notFound',
    code: 'IMAGE_ALIAS_NOT_FOUND',
    context: { alias: name },
  })
}

export function noSuchProfile(name: string, project: string): LxworksError {
  return new LxworksError(
    `Profile ${JSON.stringify(name)} doesn't exist in project ${project}; create it, or name others for the image`,
    { kind: 'invalid', code: 'IMAGE_PROFILE_NOT_FOUND', context: { profile: name, project } },
  )
}

export function badFormat(why: string, cause?: unknown): LxworksError {
  return new LxworksError(
    `The file is not an image that can be used here: ${why}; give another one`,
    {
      kind: 'invalid',
      code: 'IMAGE_BAD_FORMAT',
      cause,
    },
  )
}

export function badMetadata(why: string, cause?: unknown): LxworksError {
  return new LxworksError(
    `The image's metadata.yaml cannot be used: ${why}; mend it and pack the image again`,
    {
      kind: 'invalid',
      code: 'IMAGE_BAD_METADATA',
      cause,
    },
  )
}

export function filesGone(fingerprint: string): LxworksError {
  return new LxworksError(
    `The files of the image ${fingerprint} are gone from the store; delete the image and import it again`,
    { kind: 'precondition', code: 'IMAGE_FILES_GONE', context: { fingerprint } },
  )
}

export function noExport(fingerprint: string): LxworksError {
  return new LxworksError(
    `The image ${fingerprint} is an application's and cannot be exported: it lies here in layers, and LXD's images are one file or two; fetch it from its registry where it is needed`,
    { kind: 'unsupported', code: 'IMAGE_OCI_NO_EXPORT', context: { fingerprint } },
  )
}

export function notOwn(path: string): LxworksError {
  return new LxworksError(
    `${path} cannot be imported: an application's image is moved into the store, with consume`,
    { kind: 'invalid', code: 'IMAGE_OCI_NOT_OWN', context: { path } },
  )
}

export function wrongFingerprint(expected: string, found: string): LxworksError {
  return new LxworksError(
    `Image fingerprint mismatch: expected ${expected}, got ${found}; fetch the file again`,
    { kind: 'invalid', code: 'IMAGE_FINGERPRINT_MISMATCH', context: { expected, found } },
  )
}

export function noOrigin(fingerprint: string): LxworksError {
  return new LxworksError(
    `Image source not found: ${fingerprint} did not come from a server by a name, so there is nowhere to look for a newer one; copy it from its server again`,
    { kind: 'invalid', code: 'IMAGE_NO_ORIGIN', context: { fingerprint } },
  )
}
