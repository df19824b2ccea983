// English names and symbols of currencies and units. An unlisted unit is refused; an unlisted
// currency is shown by its code.

// code: [symbol, narrow symbol, one, other]
const CURRENCIES = {
  USD: ["$", "$", "US dollar", "US dollars"], EUR: ["€", "€", "euro", "euros"],
  GBP: ["£", "£", "British pound", "British pounds"], JPY: ["¥", "¥", "Japanese yen", "Japanese yen"],
  CNY: ["CN¥", "¥", "Chinese yuan", "Chinese yuan"], INR: ["₹", "₹", "Indian rupee", "Indian rupees"],
  KRW: ["₩", "₩", "South Korean won", "South Korean won"], CAD: ["CA$", "$", "Canadian dollar", "Canadian dollars"],
  AUD: ["A$", "$", "Australian dollar", "Australian dollars"], NZD: ["NZ$", "$", "New Zealand dollar", "New Zealand dollars"],
  MXN: ["MX$", "$", "Mexican peso", "Mexican pesos"], BRL: ["R$", "R$", "Brazilian real", "Brazilian reals"],
  HKD: ["HK$", "$", "Hong Kong dollar", "Hong Kong dollars"], ILS: ["₪", "₪", "Israeli new shekel", "Israeli new shekels"],
  VND: ["₫", "₫", "Vietnamese dong", "Vietnamese dong"], TWD: ["NT$", "$", "New Taiwan dollar", "New Taiwan dollars"],
  PHP: ["₱", "₱", "Philippine peso", "Philippine pesos"], CHF: ["CHF", "CHF", "Swiss franc", "Swiss francs"],
  SEK: ["SEK", "kr", "Swedish krona", "Swedish kronor"], NOK: ["NOK", "kr", "Norwegian krone", "Norwegian kroner"],
  DKK: ["DKK", "kr", "Danish krone", "Danish kroner"], PLN: ["PLN", "zł", "Polish zloty", "Polish zlotys"],
  SGD: ["SGD", "$", "Singapore dollar", "Singapore dollars"], RUB: ["RUB", "₽", "Russian ruble", "Russian rubles"],
  TRY: ["TRY", "₺", "Turkish lira", "Turkish Lira"], ZAR: ["ZAR", "R", "South African rand", "South African rand"],
  BTC: ["BTC", "BTC", "BTC", "BTC"],
};
const PLACES = {
  JPY: 0, KRW: 0, VND: 0, CLP: 0, ISK: 0, PYG: 0, UGX: 0, XAF: 0, XOF: 0, XPF: 0, RWF: 0, KMF: 0, GNF: 0, DJF: 0, BIF: 0, VUV: 0,
  BHD: 3, IQD: 3, JOD: 3, KWD: 3, LYD: 3, OMR: 3, TND: 3, CLF: 4, UYW: 4,
};

// unit: [short one, short other, narrow, long one, long other]; a narrow symbol has no space.
const UNITS = {
  bit: [" bit", " bit", "bit", " bit", " bits"], byte: [" byte", " byte", "B", " byte", " bytes"],
  kilobyte: [" kB", " kB", "kB", " kilobyte", " kilobytes"], megabyte: [" MB", " MB", "MB", " megabyte", " megabytes"],
  gigabyte: [" GB", " GB", "GB", " gigabyte", " gigabytes"], terabyte: [" TB", " TB", "TB", " terabyte", " terabytes"],
  petabyte: [" PB", " PB", "PB", " petabyte", " petabytes"],
  celsius: ["°C", "°C", "°C", " degree Celsius", " degrees Celsius"],
  fahrenheit: ["°F", "°F", "°", " degree Fahrenheit", " degrees Fahrenheit"],
  degree: [" deg", " deg", "°", " degree", " degrees"], percent: ["%", "%", "%", " percent", " percent"],
  millimeter: [" mm", " mm", "mm", " millimeter", " millimeters"], centimeter: [" cm", " cm", "cm", " centimeter", " centimeters"],
  meter: [" m", " m", "m", " meter", " meters"], kilometer: [" km", " km", "km", " kilometer", " kilometers"],
  inch: [" in", " in", "″", " inch", " inches"], foot: [" ft", " ft", "′", " foot", " feet"],
  yard: [" yd", " yd", "yd", " yard", " yards"], mile: [" mi", " mi", "mi", " mile", " miles"],
  gram: [" g", " g", "g", " gram", " grams"], kilogram: [" kg", " kg", "kg", " kilogram", " kilograms"],
  ounce: [" oz", " oz", "oz", " ounce", " ounces"], pound: [" lb", " lb", "#", " pound", " pounds"],
  liter: [" L", " L", "L", " liter", " liters"], milliliter: [" mL", " mL", "mL", " milliliter", " milliliters"],
  gallon: [" gal", " gal", "gal", " gallon", " gallons"], acre: [" ac", " ac", "ac", " acre", " acres"],
  hectare: [" ha", " ha", "ha", " hectare", " hectares"],
  nanosecond: [" ns", " ns", "ns", " nanosecond", " nanoseconds"], microsecond: [" μs", " μs", "μs", " microsecond", " microseconds"],
  millisecond: [" ms", " ms", "ms", " millisecond", " milliseconds"], second: [" sec", " sec", "s", " second", " seconds"],
  minute: [" min", " min", "m", " minute", " minutes"], hour: [" hr", " hr", "h", " hour", " hours"],
  day: [" day", " days", "d", " day", " days"], week: [" wk", " wks", "w", " week", " weeks"],
  month: [" mth", " mths", "m", " month", " months"], year: [" yr", " yrs", "y", " year", " years"],
  "kilometer-per-hour": [" km/h", " km/h", "km/h", " kilometer per hour", " kilometers per hour"],
  "mile-per-hour": [" mph", " mph", "mph", " mile per hour", " miles per hour"],
  "meter-per-second": [" m/s", " m/s", "m/s", " meter per second", " meters per second"],
};

/** The number of fraction digits of a currency. */
export const placesOf = (currency) => PLACES[currency] ?? 2;

/** The symbol of a currency, in the requested display. */
export function currencySign(currency, display) {
  const [symbol, narrow] = CURRENCIES[currency] ?? [currency, currency];
  return { symbol, narrowSymbol: narrow, code: currency }[display];
}

/** The name of a currency, or its code if unlisted. */
export const currencyName = (currency, category) => CURRENCIES[currency]?.[category === "one" ? 2 : 3] ?? currency;

/** Whether a unit is known. */
export const isUnit = (unit) => Object.hasOwn(UNITS, unit);

/** The suffix of a number with a unit. */
export function unitSuffix(unit, display, category) {
  const [one, other, narrow, longOne, longOther] = UNITS[unit];
  if (display === "narrow") return narrow;
  if (display === "long") return category === "one" ? longOne : longOther;
  return category === "one" ? one : other;
}
