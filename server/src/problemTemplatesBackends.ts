/** What the engine says of the backends that compute, and the same in Korean. */
import type { Template } from './problemTemplate.ts';

const smaller = '배치를 줄이거나 시퀀스를 줄이거나 더 작은 모델을 쓰세요';

export const backendTemplates: readonly Template[] = [
  ['the WebAssembly runtime is missing', 'WebAssembly 런타임이 없습니다'],
  [
    'Install the extension again, or run npm install in the project.',
    '확장을 다시 설치하거나 프로젝트에서 npm install을 실행하세요.',
  ],
  ['no backend works here: {0}', '여기서 쓸 수 있는 백엔드가 없습니다: {0}'],
  [
    'its {0} ({1}) in {2} differs from the reference in {3} by {4} of the largest value',
    '{2}의 {0}({1}) 결과 {3}이(가) 기준 구현과 최댓값의 {4}만큼 다릅니다',
  ],
  ['Take another backend, and report this with the diagnostics.', '다른 백엔드를 쓰고, 진단 정보와 함께 알려 주세요.'],
  ['there is not enough memory', '메모리가 모자랍니다'],
  ['there is not enough memory on the device ({0})', '장치의 메모리가 모자랍니다({0})'],
  ['while computing', '계산하는 동안'],
  ['Take a smaller batch, a shorter sequence or a smaller model.', `${smaller}.`],
  [
    'Take a smaller batch, a shorter sequence or a smaller model, or another device.',
    `${smaller}. 다른 장치를 쓸 수도 있습니다.`,
  ],
  [
    'Take a smaller batch, a shorter sequence or a smaller model, or another backend.',
    `${smaller}. 다른 백엔드를 쓸 수도 있습니다.`,
  ],
  // native.
  ['it is not built here', '여기에는 빌드되어 있지 않습니다'],
  ['With g++ or clang++ installed, run npm run setup.', 'g++이나 clang++을 설치하고 npm run setup을 실행하세요.'],
  ['it cannot be loaded: {0}', '불러올 수 없습니다: {0}'],
  ['there are no kernels {0} for this processor', '이 프로세서용 {0} 커널이 없습니다'],
  ['Use one of {0}.', '다음 중 하나를 쓰세요: {0}.'],
  ["the backend native has no device '{0}', only cpu", "native 백엔드에는 '{0}' 장치가 없고 cpu만 있습니다"],
  ["the backend reference has no device '{0}', only cpu", "reference 백엔드에는 '{0}' 장치가 없고 cpu만 있습니다"],
  ['Leave the device out.', '장치를 빼세요.'],
  ['it has no kernels for this processor', '이 프로세서용 커널이 없습니다'],
  // ggml.
  ['the device {0} ({1}) cannot be opened', '{0} 장치({1})를 열 수 없습니다'],
  ['the device {0} lacks an operation: {1}', '{0} 장치에 없는 연산입니다: {1}'],
  ['Take another device or backend.', '다른 장치나 백엔드를 쓰세요.'],
  [
    'there are no prebuilt libraries of ggml for {0} on {1}-{2}',
    '{1}-{2}의 {0}용으로 빌드된 ggml 라이브러리가 없습니다',
  ],
  [
    'Run bllossom diagnostics: it tells what there is for this machine.',
    'bllossom diagnostics를 실행하면 이 컴퓨터에 무엇이 있는지 알려 줍니다.',
  ],
  ['the packages hold no ggml for this machine', '패키지에 이 컴퓨터용 ggml이 없습니다'],
  [
    'Check that npm is on the PATH and reaches its registry (npm ping), then run the same command again.',
    'PATH에 npm이 있고 레지스트리에 닿는지(npm ping) 확인한 뒤 같은 명령을 다시 실행하세요.',
  ],
  ['this process has already loaded ggml from another folder', '이 프로세스는 이미 다른 폴더의 ggml을 불러왔습니다'],
  ['this folder holds no ggml', '이 폴더에 ggml이 없습니다'],
  ['this folder holds no ggml (BLLOSSOM_GGML)', '이 폴더에 ggml이 없습니다(BLLOSSOM_GGML)'],
  ['this folder is not there (BLLOSSOM_GGML)', '폴더가 없습니다(BLLOSSOM_GGML)'],
  [
    'these libraries are of ggml {0}, the engine was written for {1}',
    'ggml {0}의 라이브러리입니다. 엔진에는 {1}이(가) 필요합니다',
  ],
  ['Run: bllossom backend install ggml', '실행하세요: bllossom backend install ggml'],
  ['{0}, or name the folder it made.', '{0} 또는 그 명령이 만든 폴더를 적으세요.'],
  ['it is not installed', '설치되어 있지 않습니다'],
  ['{0} (about 12 MB; with --device cuda for NVIDIA GPUs).', '{0} (약 12 MB. NVIDIA GPU이면 --device cuda와 함께).'],
  ['the backend ggml keeps no weights in {0}', 'ggml 백엔드는 가중치를 {0} 형식으로 담아 두지 못합니다'],
  [
    'Take another backend (native has it), or keep the weights in bfloat16 or float32.',
    '다른 백엔드(native에는 있음)를 쓰거나 가중치를 bfloat16이나 float32로 두세요.',
  ],
  ["the backend ggml has no device '{0}'", "ggml 백엔드에는 '{0}' 장치가 없습니다"],
  ['no installation of it can be opened: {0}', '열 수 있는 설치가 없습니다: {0}'],
  ['Mend the driver, or take another backend.', '드라이버를 고치거나 다른 백엔드를 쓰세요.'],
  // tfjs.
  ["the backend tfjs has no device '{0}'", "tfjs 백엔드에는 '{0}' 장치가 없습니다"],
  ['Use one of {0}, or leave the device out.', '다음 중 하나를 쓰거나 장치를 빼세요: {0}.'],
  ['it has no device that works here', '여기서 쓸 수 있는 장치가 없습니다'],
  [
    'a tensor [{0}] has {1} bytes, more than the {2} that {3} holds in one',
    '텐서 [{0}]이(가) {1}바이트로, {3}에서 한 텐서에 담을 수 있는 {2}보다 큽니다',
  ],
  [
    'the backend tfjs has no {0}: TensorFlow.js computes in float32 on all its devices, {1} too',
    'tfjs 백엔드에는 {0} 형식이 없습니다. TensorFlow.js는 {1}을(를) 비롯한 모든 장치에서 float32로 계산합니다',
  ],
  ['Use float32, or another backend.', 'float32를 쓰거나 다른 백엔드를 쓰세요.'],
  ['the package {0} is not in the folder that is set', '설정된 폴더에 {0} 패키지가 없습니다'],
  ['the package {0} is not installed', '{0} 패키지가 설치되어 있지 않습니다'],
  [
    'Install it (npm install {0}) in the project, or set its folder in {1} or {2}.',
    '프로젝트에 설치하거나(npm install {0}) {1} 또는 {2}에 그 폴더를 지정하세요.',
  ],
  ['{0} is version {1}; 4 is needed', '{0}의 버전이 {1}입니다. 4가 필요합니다'],
  ['Install {0}@4.22.0.', '{0}@4.22.0을 설치하세요.'],
  ['{0} {1} is there but sees no GPU', '{0} {1}이(가) 있지만 GPU를 찾지 못합니다'],
  [
    'It needs an NVIDIA GPU with CUDA 11.2 and cuDNN 8.1; or take another device.',
    'NVIDIA GPU와 CUDA 11.2, cuDNN 8.1이 필요합니다. 다른 장치를 쓸 수도 있습니다.',
  ],
  ['{0} {1} cannot be loaded: {2}', '{0} {1}을(를) 불러올 수 없습니다: {2}'],
  ['its native library was not installed', '네이티브 라이브러리가 설치되지 않았습니다'],
  [
    'It needs CUDA 11.2, cuDNN 8.1 and a library for this Node ({0}); run npm rebuild {1}, or take another device.',
    'CUDA 11.2와 cuDNN 8.1, 이 Node({0})용 라이브러리가 필요합니다. npm rebuild {1}을(를) 실행하거나 다른 장치를 쓰세요.',
  ],
  ['the GPU has no memory left for {0}', 'GPU에 {0}을(를) 위한 메모리가 남아 있지 않습니다'],
  [
    'the WebAssembly runtime has no memory left (it can use 4 GB)',
    'WebAssembly 런타임의 메모리가 다 찼습니다(4 GB까지 쓸 수 있음)',
  ],
  ['the WebAssembly runtime does not start', 'WebAssembly 런타임이 시작되지 않습니다'],
  ['the package webgpu {0} cannot be loaded: {1}', 'webgpu {0} 패키지를 불러올 수 없습니다: {1}'],
  [
    'Install it anew for this system ({0}-{1}), or take another device.',
    '이 시스템({0}-{1})에 맞게 다시 설치하거나 다른 장치를 쓰세요.',
  ],
  ['no GPU answers to WebGPU', 'WebGPU에 응답하는 GPU가 없습니다'],
  [
    'Install the driver of the GPU (Vulkan, Metal or Direct3D 12).',
    'GPU의 드라이버(Vulkan, Metal, Direct3D 12)를 설치하세요.',
  ],
  ['the GPU {0} cannot be opened: {1}', 'GPU {0}을(를) 열 수 없습니다: {1}'],
  ['the GPU {0}: {1}', '{0} 그래픽 장치: {1}'],
  // What is told of devices.
  [
    'the fastest that works here and agrees with the reference',
    '여기서 쓸 수 있고 기준 구현과 결과가 같은 것 가운데 가장 빠름',
  ],
  ['asked for', '지정됨'],
  ['not {0}: {1}', '{0} 제외: {1}'],
  ['not {0}: {1} is no GPU', '{0} 제외: {1}은(는) GPU가 아닙니다'],
  ['input {0} afterwards', '연산 뒤의 입력 {0}'],
  ['backend {0}', '{0} 백엔드'],
  ['device {0}', '{0} 장치'],
  ['set in {0} or {1}', '{0} 또는 {1}에 설정됨'],
  ['found in the project', '프로젝트에서 찾음'],
  ['is lost', '연결이 끊겼습니다'],
  ['what is computed between the layers', '레이어 사이에서 계산한 것'],
  ['Here it has {0}.{1}', '여기에 있는 것: {0}.{1}'],
  ['not installed', '설치되지 않음'],
  ['its libraries are not installed', '라이브러리가 설치되지 않았습니다'],
  [
    'Where there is {0}: bllossom backend install ggml --device {1} ({2}).',
    '{0}이(가) 있다면: bllossom backend install ggml --device {1} ({2}).',
  ],
  ['an NVIDIA card and its driver', 'NVIDIA 그래픽 카드와 드라이버'],
  ['a graphics card with a Vulkan driver', 'Vulkan 드라이버가 있는 그래픽 카드'],
  ["one of Apple's processors", 'Apple 프로세서'],
  [
    "Install NVIDIA's driver, so that nvidia-smi lists the card.",
    'nvidia-smi에 카드가 나오도록 NVIDIA 드라이버를 설치하세요.',
  ],
  [
    "Install CUDA {0}'s libraries cudart and cublas, or name the folder that holds them in LD_LIBRARY_PATH; for a driver that knows CUDA 12 at most: bllossom backend install ggml --device cuda --cuda 12.",
    'CUDA {0}의 cudart와 cublas 라이브러리를 설치하거나 그 폴더를 LD_LIBRARY_PATH에 적으세요. 드라이버가 CUDA 12까지만 지원한다면: bllossom backend install ggml --device cuda --cuda 12.',
  ],
  [
    'Bring the driver up to date, or for CUDA 12: bllossom backend install ggml --device cuda --cuda 12.',
    '드라이버를 갱신하세요. CUDA 12라면: bllossom backend install ggml --device cuda --cuda 12.',
  ],
  [
    "Install Vulkan's loader and the card's driver (Debian, Ubuntu: apt-get install libvulkan1 mesa-vulkan-drivers).",
    'Vulkan 로더와 그래픽 카드의 드라이버를 설치하세요(Debian, Ubuntu: apt-get install libvulkan1 mesa-vulkan-drivers).',
  ],
  [
    "Install the card's Vulkan driver, so that vulkaninfo lists it (Debian, Ubuntu: apt-get install mesa-vulkan-drivers).",
    'vulkaninfo에 카드가 나오도록 그래픽 카드의 Vulkan 드라이버를 설치하세요(Debian, Ubuntu: apt-get install mesa-vulkan-drivers).',
  ],
  ['Bring macOS up to date.', 'macOS를 최신으로 갱신하세요.'],
  ['about {0} MB to download, {1} MB on the disk', '내려받을 크기 약 {0} MB, 디스크에서 {1} MB'],
  ['fetching {0} ({1})', '{0} 받는 중({1})'],
  ['npm cannot fetch {0} ({1}{2})', 'npm으로 {0}을(를) 받을 수 없습니다({1}{2})'],
  [
    '{0} ended the process that tried it ({1}){2}; it is not opened again until `bllossom diagnostics` finds it mended',
    '{0}: 시험하던 프로세스가 끝났습니다({1}){2}. `bllossom diagnostics`에서 나아진 것을 확인할 때까지 다시 열지 않습니다',
  ],
  [', which said: {0}', ', 남긴 말: {0}'],
  ['its library finds no GPU', '라이브러리가 GPU를 찾지 못합니다'],
  ['no answer for {0} s', '{0}초 동안 응답 없음'],
  ['opening its libraries', '라이브러리를 여는 동안'],
];
