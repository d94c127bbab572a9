import { afterAll, beforeAll, describe, it } from 'vitest'
import { brokenImages, imagesWithBadMetadata } from './broken-images.ts'
import { CODECS, compressed } from './codecs.ts'
import { damagedImages } from './damaged-images.ts'
import { escapingImages } from './escaping-images.ts'
import { expectOutcome, type ImageRooms, openImageRooms } from './image-ground.ts'
import { nonsenseImages } from './nonsense-images.ts'
import { openGround } from './outside.ts'
import { squashedImages } from './squashed-images.ts'

const ground = openGround()
const { outside } = ground
const HOSTILE = [
  ...brokenImages(),
  ...imagesWithBadMetadata(outside),
  ...escapingImages(outside),
  ...nonsenseImages(),
]

let rooms: ImageRooms

beforeAll(async () => {
  rooms = await openImageRooms(ground)
})

afterAll(async () => {
  await rooms.close()
  await ground.remove()
})

describe.each(CODECS)('an image compressed by $name', (codec) => {
  it.each(HOSTILE)('changes nothing but what it may: $what', (image) =>
    expectOutcome(rooms, compressed(image, codec)),
  )

  it.each(damagedImages(codec))('changes nothing but what it may: $what', (image) =>
    expectOutcome(rooms, image),
  )
})

describe('an image that is a squashfs', () => {
  it.each(squashedImages(outside))('changes nothing but what it may: $what', (image) =>
    expectOutcome(rooms, image),
  )
})
