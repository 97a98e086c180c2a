/** What the engine says of models, adapters and their files, and the same in Korean. */
import type { Template } from './problemTemplate.ts';

export const modelTemplates: readonly Template[] = [
  ['Name a model directory in Hugging Face form.', 'Hugging Face 형식의 모델 폴더를 적으세요.'],
  ['the output exists already', '출력 폴더가 이미 있습니다'],
  ['Choose another place or remove it first.', '다른 위치를 고르거나 먼저 지우세요.'],
  ['Use the files of a whole model.', '온전한 모델의 파일을 쓰세요.'],
  ['Download the model again.', '모델을 다시 내려받으세요.'],
  // config.json.
  [
    "Take the model's own config.json: download or copy it again.",
    '모델의 원래 config.json을 쓰세요. 다시 내려받거나 복사하세요.',
  ],
  [
    'Take a model of the plain Llama kind, such as Llama 2, Llama 3 or TinyLlama.',
    'Llama 2, Llama 3, TinyLlama 같은 기본 Llama 구조의 모델을 쓰세요.',
  ],
  ['this is not JSON ({0})', 'JSON이 아닙니다({0})'],
  ['this is no JSON object', 'JSON 객체가 아닙니다'],
  ['{0} heads cannot share {1} key and value heads', '헤드 {0}개가 키·값 헤드 {1}개를 나누어 쓸 수 없습니다'],
  [
    'rotary embedding needs an even head size, not {0}',
    '회전 임베딩에는 짝수인 헤드 크기가 필요합니다. 지금은 {0}입니다',
  ],
  ['the model is {0}, and only LlamaForCausalLM can be read', '{0} 모델입니다. LlamaForCausalLM만 읽을 수 있습니다'],
  [
    '{0} is {1}, and a Llama with that cannot be computed here{2}',
    '{0} 값이 {1}인 Llama는 여기서 계산할 수 없습니다{2}',
  ],
  [
    'partial_rotary_factor is {0}, and a Llama with that cannot be computed here, only with 1',
    'partial_rotary_factor 값이 {0}인 Llama는 여기서 계산할 수 없습니다(1이어야 함)',
  ],
  [
    'a layer is {0}, and a Llama with that cannot be computed here',
    '{0} 레이어가 있는 Llama는 여기서 계산할 수 없습니다',
  ],
  [
    'its angles differ from layer to layer, and a Llama with that cannot be computed here',
    '레이어마다 각도가 다른 Llama는 여기서 계산할 수 없습니다',
  ],
  ['{0} says {1}, and {2} {3}', '{0} 값은 {1}인데 {2} 값은 {3}입니다'],
  ['no scaling', '스케일링 없음'],
  [
    'Take the one out of config.json that the model was not trained with.',
    '둘 가운데 모델을 학습할 때 쓰지 않은 것을 config.json에서 빼세요.',
  ],
  [
    "{0} of the model's config.json, {1}, is not applied: attention is trained without dropout (transformers would apply it)",
    '모델 config.json의 {0} 값 {1}은(는) 적용하지 않습니다. 어텐션은 드롭아웃 없이 학습합니다(transformers는 적용함)',
  ],
  [', only with {0}', '({0}이어야 함)'],
  [
    'Take the model as it was before it was quantized: float32, float16 or bfloat16.',
    '양자화하기 전의 모델을 쓰세요: float32, float16, bfloat16.',
  ],
  ['it is missing', '값이 없습니다'],
  ['it must be a whole number from 1 to {0}, not {1}', '1부터 {0}까지의 정수여야 합니다. 지금은 {1}입니다'],
  ['it must be a number above 0, not {0}', '0보다 큰 수여야 합니다. 지금은 {0}입니다'],
  ['it must be true or false, not {0}', 'true 또는 false여야 합니다. 지금은 {0}입니다'],
  ['it must be an id or a list of ids, not {0}', 'ID나 ID의 목록이어야 합니다. 지금은 {0}입니다'],
  ['not given', '지정되지 않음'],
  [
    'low_freq_factor {0} is not below high_freq_factor {1}',
    'low_freq_factor {0}이(가) high_freq_factor {1}보다 작지 않습니다',
  ],
  [
    'rotary scaling {0} is not implemented, only "default", "linear" and "llama3"',
    '회전 임베딩 스케일링 {0}은(는) 구현되어 있지 않습니다. "default", "linear", "llama3"만 쓸 수 있습니다',
  ],
  [
    'Take a model with one of these, such as Llama 2 or Llama 3.',
    'Llama 2나 Llama 3처럼 이 가운데 하나를 쓰는 모델을 고르세요.',
  ],
  // Weights.
  ['the file is too short to be a safetensors file', 'safetensors 파일이라기에는 너무 짧습니다'],
  ['Download or copy the file again.', '파일을 다시 내려받거나 복사하세요.'],
  [
    'this is no safetensors file: its header would have {0} bytes',
    'safetensors 파일이 아닙니다. 헤더가 {0}바이트라고 적혀 있습니다',
  ],
  ['the file ends inside its header, which has {0} bytes', '헤더({0}바이트) 안에서 파일이 끝납니다'],
  ['the file ends inside its header', '헤더 안에서 파일이 끝납니다'],
  ['the header is not JSON', '헤더가 JSON이 아닙니다'],
  ['the header is not a JSON object', '헤더가 JSON 객체가 아닙니다'],
  ['the tensor overlaps {0}', '텐서가 {0}와(과) 겹칩니다'],
  ['the header', '헤더'],
  ['{0} bytes before the tensor belong to none', '텐서 앞의 {0}바이트가 어느 텐서에도 속하지 않습니다'],
  ['the file ends inside the tensor, which reaches to byte {0}', '{0}번째 바이트까지인 텐서 안에서 파일이 끝납니다'],
  ['{0} bytes behind the last tensor belong to none', '마지막 텐서 뒤의 {0}바이트가 어느 텐서에도 속하지 않습니다'],
  ['the tensor has no description', '텐서의 설명이 없습니다'],
  ['the tensor has the unknown type {0}', '알 수 없는 형식의 텐서입니다: {0}'],
  ['the shape is not a list of sizes', '모양(shape)이 크기의 목록이 아닙니다'],
  ['data_offsets is not a pair of offsets', 'data_offsets가 위치 두 개의 짝이 아닙니다'],
  ['the shape [{0}] is too large', '모양 [{0}]이(가) 너무 큽니다'],
  [
    '{0} [{1}] takes {2} bytes, but data_offsets span {3}',
    '{0} [{1}] 텐서는 {2}바이트인데 data_offsets의 범위는 {3}바이트입니다',
  ],
  ['the file has become shorter while it was read', '읽는 동안 파일이 짧아졌습니다'],
  [
    'the tensor is stored as {0}; float32, float16 and bfloat16 can be read',
    '텐서가 {0} 형식입니다. float32, float16, bfloat16을 읽을 수 있습니다',
  ],
  [
    'the tensor is stored as {0}; float32, float16 and bfloat16 can be expanded',
    '텐서가 {0} 형식입니다. float32, float16, bfloat16을 확장할 수 있습니다',
  ],
  ['Convert the model to one of them first.', '먼저 모델을 그 가운데 하나로 바꾸세요.'],
  [
    'there is neither model.safetensors nor model.safetensors.index.json in it',
    'model.safetensors도 model.safetensors.index.json도 없습니다',
  ],
  ['Convert pytorch_model.bin to safetensors first.', '먼저 pytorch_model.bin을 safetensors로 바꾸세요.'],
  ['Download or copy the weights too.', '가중치도 내려받거나 복사하세요.'],
  ['Download or copy the weights again.', '가중치를 다시 내려받거나 복사하세요.'],
  ['Download or copy the index again.', '색인 파일을 다시 내려받거나 복사하세요.'],
  ['it has no weight_map', 'weight_map이 없습니다'],
  ['{0} is no name of a safetensors file beside it', '{0}은(는) 옆에 있는 safetensors 파일의 이름이 아닙니다'],
  ['the shard {0} is missing', '샤드 {0}이(가) 없습니다'],
  ['Download or copy it too.', '그것도 내려받거나 복사하세요.'],
  ['the tensor stands in {0} too', '같은 텐서가 {0}에도 있습니다'],
  ['the tensor is missing', '텐서가 없습니다'],
  ['the tensor is missing; {0} is wanted', '텐서가 없습니다. {0} 크기여야 합니다'],
  ['the tensor is missing; [{0}] is wanted', '텐서가 없습니다. [{0}] 크기여야 합니다'],
  ['a Llama with this config has no such tensor', '이 config의 Llama에는 없는 텐서입니다'],
  ['Check that config.json belongs to these weights.', 'config.json이 이 가중치의 것인지 확인하세요.'],
  [
    'Check that config.json belongs to these weights: tie_word_embeddings says whether the head is of its own.',
    'config.json이 이 가중치의 것인지 확인하세요. 헤드가 따로 있는지는 tie_word_embeddings에 적혀 있습니다.',
  ],
  ['the shape is [{0}], but config.json asks for {1}', '모양이 [{0}]인데 config.json에서는 {1}입니다'],
  ['the shape is [{0}], but config.json asks for [{1}]', '모양이 [{0}]인데 config.json에서는 [{1}]입니다'],
  ['the tensor is [{0}], the configuration asks for [{1}]', '텐서가 [{0}]인데 config.json에서는 [{1}]입니다'],
  ['Use a config.json that belongs to the weights.', '가중치와 짝이 되는 config.json을 쓰세요.'],
  [
    "the tokenizer has {0} pieces, but the model's vocab_size is {1}",
    '토크나이저의 조각은 {0}개인데 모델의 vocab_size는 {1}입니다',
  ],
  [
    'Expand the model to this tokenizer (bllossom vocab expand), or put the right tokenizer beside it.',
    '모델을 이 토크나이저에 맞게 확장하거나(bllossom vocab expand) 맞는 토크나이저를 옆에 두세요.',
  ],
  // Adapters.
  [
    'Merge it into its base with PEFT (merge_and_unload) and take the whole model.',
    'PEFT의 merge_and_unload로 기반 모델에 병합하고 온전한 모델을 쓰세요.',
  ],
  ['Copy the adapter again.', '어댑터를 다시 복사하세요.'],
  ['the adapter is {0}, and only LORA can be read', '{0} 어댑터입니다. LORA만 읽을 수 있습니다'],
  ['{0} is {1}, and an adapter with that cannot be computed here', '{0} 값이 {1}인 어댑터는 여기서 계산할 수 없습니다'],
  ['the rank must be a whole number from 1, not {0}', '랭크는 1 이상의 정수여야 합니다. 지금은 {0}입니다'],
  ['lora_alpha must be a number, not {0}', 'lora_alpha는 수여야 합니다. 지금은 {0}입니다'],
  [
    'lora_dropout must be a number from 0 to below 1, not {0}',
    'lora_dropout은 0 이상 1 미만의 수여야 합니다. 지금은 {0}입니다',
  ],
  [
    'target_modules must be a list of names or a pattern, not {0}',
    'target_modules는 이름의 목록이나 정규식이어야 합니다. 지금은 {0}입니다',
  ],
  [
    'target_modules has {0}: adapters are computed on linear layers of blocks only',
    'target_modules에 {0}이(가) 있습니다. 어댑터는 블록의 선형 레이어에서만 계산할 수 있습니다',
  ],
  ['no linear layer of the model is in target_modules', 'target_modules에 모델의 선형 레이어가 하나도 없습니다'],
  ['the pattern {0} cannot be read', '읽을 수 없는 정규식입니다: {0}'],
  ['Write a list of names in its place.', '그 대신 이름의 목록을 쓰세요.'],
  ['there is no {0} in it', '{0} 파일이 없습니다'],
  [
    'Name an adapter in PEFT form, such as the final/ of a run with "lora".',
    '"lora"로 학습한 실행의 final/처럼 PEFT 형식의 어댑터를 적으세요.',
  ],
  ['the adapter names no base', '어댑터에 기반 모델이 적혀 있지 않습니다'],
  ['Write the path of its model there.', '그 자리에 기반 모델의 경로를 적으세요.'],
  ['the model below the adapter is not there: {0}', '어댑터의 기반 모델이 없습니다: {0}'],
  [
    'Put it back, or write there where it is now (absolute, or relative to the adapter).',
    '제자리에 두거나, 지금 있는 곳을 그 자리에 적으세요(절대 경로, 또는 어댑터에서 시작하는 경로).',
  ],
  ['Convert adapter_model.bin to safetensors first.', '먼저 adapter_model.bin을 safetensors로 바꾸세요.'],
  [
    "its embedding was trained as a module of its own, so its head is the base's old one, and the model's head is its embedding",
    '임베딩이 따로 학습되어 헤드는 기반 모델의 예전 것인데, 모델은 임베딩을 헤드로 함께 씁니다',
  ],
  [
    'Untie the model first (lm_head.weight as a copy of the embedding, "tie_word_embeddings": false), with lm_head left as it is.',
    '먼저 모델의 임베딩과 헤드를 나누고(lm_head.weight에 임베딩을 복사, "tie_word_embeddings": false) lm_head는 그대로 두세요.',
  ],
  ["the adapter's table has {0} rows, and the model {1}", '어댑터의 임베딩은 {0}행인데 모델은 {1}행입니다'],
  ['Name the model that was expanded to the adapter’s vocabulary.', '어댑터의 어휘에 맞게 확장된 모델을 적으세요.'],
  [
    "the adapter has a head of its own, and the model's head is its embedding",
    '어댑터에는 헤드가 따로 있는데 모델은 임베딩을 헤드로 함께 씁니다',
  ],
  ['Name the model that it was trained on.', '그 어댑터를 학습한 모델을 적으세요.'],
  ['Name the model that the adapter was trained on.', '그 어댑터를 학습한 모델을 적으세요.'],
  ['the adapter of this config has no such tensor', '이 설정의 어댑터에는 없는 텐서입니다'],
  [
    'Check that {0} belongs to these weights, and the model to the adapter.',
    '{0} 파일이 이 가중치의 것인지, 모델이 어댑터의 것인지 확인하세요.',
  ],
  ['the shape is [{0}], but the model asks for [{1}]', '모양이 [{0}]인데 모델에서는 [{1}]입니다'],
  // Expansion.
  [
    "Merge the new vocabulary onto the model's own: bllossom vocab merge --base.",
    '모델의 어휘를 기본 어휘로 해서 새 어휘를 병합하세요: bllossom vocab merge --base.',
  ],
  ["the model's tokenizer is of another kind ({0})", '모델의 토크나이저는 종류가 다릅니다({0})'],
  [
    "the tokenizer does not begin with the model's: id {0} {1}, but was {2}",
    '토크나이저의 앞부분이 모델의 것과 다릅니다. ID {0}: {1} (모델에서는 {2})',
  ],
  ['is missing', '없음'],
  ['is {0}', '값 {0}'],
  [
    "the tokenizer has the model's pieces and no more, so there is nothing to expand",
    '토크나이저의 조각이 모델의 것과 같아 확장할 것이 없습니다',
  ],
  ['aligned texts are needed to start rows as aligned ones', '정렬된 낱말에서 행을 시작하려면 병렬 문장이 필요합니다'],
  [
    'Give JSON lines with a field for each language, or two text files that go line by line; or take another --init.',
    '언어마다 필드가 있는 JSON lines나 줄마다 짝이 되는 글 파일 두 개를 주거나, 다른 --init을 쓰세요.',
  ],
  [
    "old and new ids cannot be matched without the model's tokenizer: {0}",
    '모델의 토크나이저가 없어 옛 ID와 새 ID를 맞출 수 없습니다: {0}',
  ],
  [
    "Put the model's own tokenizer.model (or tokenizer.json) into its directory.",
    '모델의 원래 tokenizer.model(또는 tokenizer.json)을 그 폴더에 두세요.',
  ],
  [
    "the model's tokenizer has {0} pieces, but its vocab_size is {1}",
    '모델의 토크나이저는 조각이 {0}개인데 vocab_size는 {1}입니다',
  ],
  ["Put the model's own tokenizer into its directory.", '모델의 원래 토크나이저를 그 폴더에 두세요.'],
  [
    'only the vocabulary of a SentencePiece BPE model can be written to GGUF',
    'GGUF로는 SentencePiece BPE 모델의 어휘만 쓸 수 있습니다',
  ],
  ['Use a model with a tokenizer.model.', 'tokenizer.model이 있는 모델을 쓰세요.'],
  [
    'Give JSON lines with a field for each language ({"ko": "…", "en": "…"}), or two text files that go line by line.',
    '언어마다 필드가 있는 JSON lines({"ko": "…", "en": "…"})나 줄마다 짝이 되는 글 파일 두 개를 주세요.',
  ],
  ['{0} files were given', '파일을 {0}개 받았습니다'],
  [
    'no two texts in it say the same, with pieces in one of them that are new',
    '한쪽에 새 조각이 있으면서 서로 같은 뜻인 글의 짝이 없습니다',
  ],
  ['the same file was given twice', '같은 파일을 두 번 받았습니다'],
  ['it ends before {0}, so the lines do not belong together', '{0}보다 먼저 끝나므로 줄이 서로 짝이 되지 않습니다'],
  // What a model is asked to compute.
  ["token id {0} is not in the model's vocabulary of {1}", '토큰 ID {0}은(는) 크기가 {1}인 모델의 어휘에 없습니다'],
  [
    "Use the model's own tokenizer, or expand the model to this one.",
    '모델의 원래 토크나이저를 쓰거나 모델을 이 토크나이저에 맞게 확장하세요.',
  ],
  ['the backend {0} does not compute in {1}', '{0} 백엔드는 {1} 형식으로 계산하지 않습니다'],
  ['Use {0}, or another backend.', '{0}을(를) 쓰거나 다른 백엔드를 쓰세요.'],
  [
    'the backend {0} keeps no weights in {1} (it has {2})',
    '{0} 백엔드는 가중치를 {1} 형식으로 담아 두지 못합니다(쓸 수 있는 형식: {2})',
  ],
  ['only float32', 'float32만'],
  [
    'Use another backend (native has all formats), or leave baseQuantization out.',
    '다른 백엔드를 쓰거나(native는 모든 형식을 지원) baseQuantization을 빼세요.',
  ],
  ['Name a row from 1 to {0}.', '1부터 {0}까지의 행을 적으세요.'],
  [
    'no token of the batch has a label, so there is nothing to learn from',
    '배치에 레이블이 있는 토큰이 없어 배울 것이 없습니다',
  ],
  [
    'Leave out rows whose answer has been cut off, or raise sequenceLength.',
    '답이 잘린 행을 빼거나 sequenceLength를 늘리세요.',
  ],
  ['{0} of {1} GB', '{1} GB 중 {0}'],
];
