import type { Host, Instance } from '../../host/contract.ts'
import { bodyText } from '../body-text.ts'
import { checkMatch } from '../etag.ts'
import { invalid } from '../failures.ts'
import { imageMetadata, metadataFrom, metadataWire, patchedMetadata } from '../render/metadata.ts'
import { data, done, type Input, param, type Route, raw, sync } from '../route.ts'
import { ONE } from './instances.ts'

const METADATA = `${ONE}/metadata`
const TEMPLATES = `${METADATA}/templates`

export const metadataRoutes: readonly Route[] = [
  sync({
    method: 'GET',
    path: METADATA,
    run: async (host, input) => {
      const wire = metadataWire(await (await instanceOf(host, input)).metadata.read())
      return data(wire, wire)
    },
  }),
  sync({
    method: 'PUT',
    path: METADATA,
    body: imageMetadata,
    run: async (host, input) => {
      const { metadata } = await instanceOf(host, input)
      if (input.request.headers['if-match'] !== undefined)
        checkMatch(input, metadataWire(await metadata.read()))
      await metadata.write(metadataFrom(input.body))
      return done
    },
  }),
  sync({
    method: 'PATCH',
    path: METADATA,
    body: imageMetadata,
    run: async (host, input) => {
      const { metadata } = await instanceOf(host, input)
      const current = metadataWire(await metadata.read())
      checkMatch(input, current)
      await metadata.write(metadataFrom(patchedMetadata(current, input.body)))
      return done
    },
  }),
  raw({
    method: 'GET',
    path: TEMPLATES,
    run: async (host, input) => {
      const { templates } = await instanceOf(host, input)
      const name = input.query.get('path') ?? ''
      if (name === '') return data(await templates.list())
      const body = await templates.read(name)
      const disposition = `inline;filename=${encodeURIComponent(name)}`
      return { answer: 'raw', headers: { 'Content-Disposition': disposition }, body }
    },
  }),
  sync({
    method: 'POST',
    path: TEMPLATES,
    run: async (host, input) => {
      const { templates } = await instanceOf(host, input)
      const name = nameOf(input)
      const text = await bodyText(input.request, input.front.patience.bodyMs)
      await templates.write(name, text)
      return done
    },
  }),
  sync({
    method: 'DELETE',
    path: TEMPLATES,
    run: async (host, input) => {
      const { templates } = await instanceOf(host, input)
      await templates.delete(nameOf(input))
      return done
    },
  }),
]

function instanceOf(host: Host, input: Pick<Input, 'params'>): Promise<Instance> {
  return host.instances.get(param(input, 'name'))
}

function nameOf({ query }: Pick<Input, 'query'>): string {
  const name = query.get('path') ?? ''
  if (name === '') throw invalid('missing path argument')
  return name
}
