// A small weather simulation: the same city on the same day always has the same weather.

export interface Weather {
  city: string;
  day: string;
  condition: "clear" | "cloudy" | "rain" | "snow" | "storm";
  temperatureC: number;
  windKmh: number;
}

/** Hashes a text to 32 bits (FNV-1a), so that each city has its own climate. */
function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) {
    hash ^= character.codePointAt(0)!;
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

/** A deterministic stream of numbers between 0 and 1 (mulberry32). */
function numbersFrom(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Simulates one day: the season, the city's climate, and a week of hourly steps before it. */
export function simulate(city: string, day: string): Weather {
  const climate = numbersFrom(seedOf(city.toLowerCase()));
  const mean = 4 + climate() * 20;
  const swing = 4 + climate() * 12;
  const wetness = climate();

  const date = new Date(`${day}T12:00:00Z`);
  const season = Math.cos(((date.getUTCMonth() - 6.5) / 12) * 2 * Math.PI);
  const steps = numbersFrom(seedOf(`${city} ${day}`));
  let temperature = mean + swing * season;
  let humidity = wetness;
  for (let hour = 0; hour < 7 * 24; hour++) {
    temperature += (steps() - 0.5) * 0.4;
    humidity = Math.min(1, Math.max(0, humidity + (steps() - 0.5) * 0.05));
  }

  const wet = humidity > 0.6;
  const condition =
    humidity > 0.95 ? "storm" : wet ? (temperature < 0 ? "snow" : "rain") : humidity > 0.35 ? "cloudy" : "clear";
  return {
    city,
    day,
    condition,
    temperatureC: Math.round(temperature * 10) / 10,
    windKmh: Math.round(5 + steps() * 40 * (humidity + 0.2)),
  };
}
