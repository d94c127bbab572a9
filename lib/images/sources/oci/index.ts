import type { Helper } from '../../../../bindings/helper/native.ts'
import type { ImageSource, Offer } from '../contract.ts'
import type { Ask } from '../http.ts'
import { findApplication } from './find.ts'
import { badReference } from './refusals.ts'
import { SharedLayers } from './shared-layers.ts'

/** What images of registries are made from. */
export interface OciSourceDeps {
  readonly ask: Ask
  readonly archives: Pick<Helper, 'readMembers'>
  /** `<root>/images`. */
  readonly directory: string
}

/** Registries of OCI and Docker images. The alias is the image's name there: `alpine:3.20`, `team/app@sha256:…`. */
export function oci({ ask, archives, directory }: OciSourceDeps): ImageSource {
  const shared = new SharedLayers(directory)
  return {
    protocol: 'oci',
    find: async ({ server, alias, architecture, certificate, secret, type }, walking) => {
      if (type !== 'container') throw badReference(alias ?? '', 'it runs in a container')
      if (!alias) throw badReference('', 'a registry is asked by name and tag or digest')
      const from: Offering = await findApplication(
        {
          ask: (url, asking) => ask(url, { ...asking, certificate }),
          ...{ archives, shared },
        },
        { server, name: alias, architecture, credentials: credentialsOf(secret) },
        walking,
      )
      return { ...from, type: 'container', public: false, aliases: [] }
    },
  }
}

type Offering = Omit<Offer, 'type' | 'public' | 'aliases'>

/** `user:password`, for a registry that does not hand out to everybody. */
function credentialsOf(
  secret = '',
): { readonly username: string; readonly password: string } | undefined {
  const colon = secret.indexOf(':')
  if (colon < 0) return undefined
  return { username: secret.slice(0, colon), password: secret.slice(colon + 1) }
}
