// What a person judges shows every character that could deceive him, and stays readable where none does.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { showHidden } from '../../../src/lib/format/visible.ts';

describe('showHidden', () => {
  it.each([
    ['control characters', 'a\u0000b\u001b[2Kc\rd\u007fe\u0085', 'a␀b␛[2Kc␍d␡e⟨U+0085⟩'],
    ['marks of writing direction', 'rm \u202egpj.exe\u2066\u200f', 'rm ⟨U+202E⟩gpj.exe⟨U+2066⟩⟨U+200F⟩'],
    ['characters of no width', 'ev\u200bil\ufeff\u2060\u00ad', 'ev⟨U+200B⟩il⟨U+FEFF⟩⟨U+2060⟩⟨U+00AD⟩'],
    ['blanks that are none', 'rm\u00a0-rf\u2003/\u2028x', 'rm⟨U+00A0⟩-rf⟨U+2003⟩/⟨U+2028⟩x'],
    ['letters that show nothing', 'a\u3164b\u115f', 'a⟨U+3164⟩b⟨U+115F⟩'],
    ['tags and private signs', 'x\u{e0041}\ue000', 'x⟨U+E0041⟩⟨U+E000⟩'],
    ['halves of characters', 'a\ud83d b', 'a⟨U+D83D⟩ b'],
    ['joiners and variants outside of emoji', 'a\u200db\ufe0f', 'a⟨U+200D⟩b⟨U+FE0F⟩'],
  ])('shows %s', (_kind, text, shown) => expect(showHidden(text)).toBe(shown));

  it.each([
    ['echo "a\tb"\nls -la'],
    ['写入　文件：你好，世界'],
    ['👩‍👩‍👧‍👦 ❤️ 🇨🇳 👍🏽'],
    ['السلام عليكم'],
    ['e\u0301 क्षि'],
  ])('leaves %s as it is', (text) => expect(showHidden(text)).toBe(text));

  it('leaves nothing that could hide, whatever the text', () => {
    const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 });
    fc.assert(
      fc.property(units, (all) => {
        expect(showHidden(String.fromCharCode(...all))).not.toMatch(/(?![\t\n])\p{Cc}|\p{Bidi_Control}|\p{Surrogate}/u);
      }),
    );
  });
});
