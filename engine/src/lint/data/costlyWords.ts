/**
 * Wordings that have a shorter one with the same sense and grammar: contracted forms, spacing that the norm asks for, long ways of
 * saying. Each is told only where the tokenizer in use makes the other cost far less. Another language is another table.
 */

export interface CostlyWord {
  readonly from: string;
  readonly to: string;
  /** Must a word begin here? Endings stand behind any stem. */
  readonly begins?: boolean;
  /** Must it end here? */
  readonly ends?: boolean;
}

const ending = (from: string, to: string): CostlyWord => ({ from, to });
const word = (from: string, to: string): CostlyWord => ({ from, to, begins: true, ends: true });

export const costlyWords: Readonly<Record<string, readonly CostlyWord[]>> = {
  ko: [
    // Contracted forms of 하다 and 되다 (한글 맞춤법 34항, 35항): the same word.
    ending('하였습니다', '했습니다'),
    ending('하였다', '했다'),
    ending('하였고', '했고'),
    ending('하였으며', '했으며'),
    ending('하였지만', '했지만'),
    ending('하여야', '해야'),
    ending('되었습니다', '됐습니다'),
    ending('되었다', '됐다'),
    ending('되었고', '됐고'),
    ending('되었으며', '됐으며'),
    ending('되어야', '돼야'),
    // Postpositional phrases.
    word('대하여', '대해'),
    word('대하여서', '대해서'),
    word('관하여', '관해'),
    word('위하여', '위해'),
    word('위하여서', '위해서'),
    word('통하여', '통해'),
    word('의하여', '의해'),
    word('인하여', '인해'),
    word('이러한', '이런'),
    word('그러한', '그런'),
    word('저러한', '저런'),
    word('어떠한', '어떤'),
    // Spacing as the norm has it.
    ending('할수있', '할 수 있'),
    ending('할수없', '할 수 없'),
    ending('될수있', '될 수 있'),
    ending('될수없', '될 수 없'),
    ending('볼수있', '볼 수 있'),
    ending('알수있', '알 수 있'),
    ending('알수없', '알 수 없'),
    ending('뿐만아니라', '뿐만 아니라'),
    ending('해야한다', '해야 한다'),
    ending('해야합니다', '해야 합니다'),
    // Long ways of saying.
    word('그럼에도 불구하고', '그런데도'),
    word('뿐만 아니라 또한', '뿐만 아니라'),
    ending('하지 않으면 안 된다', '해야 한다'),
    ending('하지 않으면 안 됩니다', '해야 합니다'),
  ],
  en: [
    word('in order to', 'to'),
    word('due to the fact that', 'because'),
    word('in spite of the fact that', 'although'),
    word('at this point in time', 'now'),
    word('in the event that', 'if'),
    word('for the purpose of', 'for'),
    word('a large number of', 'many'),
    word('utilization', 'use'),
    word('utilize', 'use'),
    word('utilizes', 'uses'),
    word('utilized', 'used'),
    word('utilizing', 'using'),
    word('is able to', 'can'),
    word('are able to', 'can'),
    word('please make sure that you', 'please'),
  ],
};
