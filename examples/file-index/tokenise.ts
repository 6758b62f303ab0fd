// What a word is: three letters or more in a row, of any alphabet, in lower case. Digits, signs and spaces separate words, and a
// run of more than 32 letters is no word but something encoded. Pure; the actors and the single process share it.
const RUN_OF_LETTERS = /\p{L}{3,}/gu;
const LONGEST_WORD = 32;

/** The words of `text` in order, repeated as often as they occur. */
export function* tokenise(text: string): Generator<string> {
  for (const [letters] of text.matchAll(RUN_OF_LETTERS)) {
    if (letters.length <= LONGEST_WORD) yield letters.toLowerCase();
  }
}
