/** A recording of typing: what a person writes into prompts and data, a session per place. Played by `keystrokes.bench.ts`. */
import type { Act } from './typing.ts';

const paragraph = [
  '어휘를 넓히면 같은 글이 더 적은 토큰으로 적힙니다. 새 조각의 벡터는 처음에 아무 뜻도 없으므로, 옛 조각들의 평균에서 시작합니다.',
  'The rows of the old vocabulary stay as they are, so that the language the model knew before costs exactly what it did.',
  '그다음에는 새 언어의 글을 먼저 읽히고, 지시문은 나중에 가르칩니다. 순서가 바뀌면 배운 것이 쉽게 잊힙니다.',
  '',
].join('\n');

export const recording: readonly (readonly Act[])[] = [
  [{ type: '오늘은 언어 모델에게 한국어를 가르치는 방법을 정리했다.' }],
  [{ type: 'The count beside the caret follows every key. ' }],
  [{ type: '값싼 조각을 많이 넣었더니 읽기가 훨씬 나아졌다. 까치가 꽥꽥 웃었다' }],
  [{ type: '질문에 짧게 답하세' }, { backspaces: 7 }, { type: '답해 주세요.' }],
  [{ type: '\n- 첫째\n- 둘째 항목\n\n' }],
  [{ paste: paragraph }, { undo: true }, { paste: paragraph }, { backspaces: 3 }],
  [{ type: '{"instruction": "수도는?", "output": "서울입니다."}\n' }],
  [{ type: 'teh' }, { backspaces: 2 }, { type: 'he answer, in 3 words: ' }, { paste: '🌸 벚꽃' }, { backspaces: 4 }],
  [{ type: 'ㅋㅋ 흙을 밟고 앉았다가 일어나' }, { backspaces: 12 }, { type: '섰다!' }],
];
