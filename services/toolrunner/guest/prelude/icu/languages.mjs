// The languages of the sandbox's Intl: those with modern coverage in CLDR, six more, and all their regions.
export const LANGUAGES = (
  "af am ar as az be bg bn bs ca cs cy da de el en es et eu fa fi fil fr ga gl gu he hi hr hu hy id is it ja ka kk km kn ko ky " +
  "gsw ha ig lb mt yo " +
  "lo lt lv mk ml mn mr ms my nb ne nl nn no or pa pl ps pt ro ru si sk sl so sq sr sv sw ta te th tk tr uk ur uz vi yue zh zu"
).split(" ");
