/** Words after which a template waits for the answer; with a colon, at the end of a prompt. Languages are rows. */
export const answerWords: readonly string[] = [
  'Answer', 'Response', 'Output', 'Assistant', 'A', 'Completion', 'Summary', 'Translation', 'Korean', 'English',
  '답', '답변', '응답', '출력', '도우미', '정답', '요약', '번역',
  '回答', '答え', '答案', '输出', 'Réponse', 'Antwort', 'Respuesta', 'Risposta', 'Ответ', 'जवाब', 'Javob', 'Trả lời',
]; // prettier-ignore

/** Signs at the end of a turn of a chat. */
export const answerSigns: readonly string[] = [
  '[/INST]',
  '<|assistant|>',
  '<|end_header_id|>',
  '<|im_start|>assistant',
];
