import { expect, it } from 'vitest';
import { crc32c } from './crc32c.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

// RFC 3720, appendix B.4; the last is the check value of the algorithm's usual catalogue.
it.each([
  ['32 zeros', new Uint8Array(32), 0x8a9136aa],
  ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['0 to 31', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ['31 to 0', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  [
    'an iSCSI read command',
    hex('01c00000 00000000 00000000 00000000 14000000 00000400 00000014 00000018 28000000 00000000 02000000 00000000'),
    0xd9963a56,
  ],
  ['123456789', Buffer.from('123456789'), 0xe3069283],
])('is what the standard says of %s', (_, bytes, wanted) => {
  expect(crc32c(bytes)).toBe(wanted);
});
