"""Small .osu texts for tests."""

from __future__ import annotations

from osuT5.beatmap import Beatmap, parse_beatmap


def osu(
    objects: str = "", timing: str = "0,500,4,1,0,100,1,0", *, mode: int = 0, version: int = 14, **keys: str
) -> str:
    """A text with the given lines; ``keys`` are those of [Difficulty]."""
    difficulty = "\n".join(f"{key}:{value}" for key, value in keys.items())
    return (
        f"osu file format v{version}\n\n[General]\nMode: {mode}\n\n[Difficulty]\n{difficulty}\n\n"
        f"[TimingPoints]\n{timing}\n\n[HitObjects]\n{objects}\n"
    )


def read(*args: str, early_offset: bool = True, **keys: object) -> Beatmap:
    return parse_beatmap(osu(*args, **keys), early_offset=early_offset)  # type: ignore[arg-type]


FULL = """osu file format v14

[General]
AudioFilename: audio.mp3
AudioLeadIn: 0
PreviewTime: 1000
Countdown: 0
SampleSet: Soft
StackLeniency: 0.5
Mode: 0
LetterboxInBreaks: 0
WidescreenStoryboard: 1
SkinPreference:Own

[Editor]
Bookmarks: 100,200,x,300
DistanceSpacing: 1.2
BeatDivisor: 8
GridSize: 8
TimelineZoom: 2

[Metadata]
Title:Title // not a comment
TitleUnicode:題名
Artist:Artist
Creator:Someone
Version:Hard
Source:
Tags:one two
BeatmapID:12
BeatmapSetID:-1

[Difficulty]
HPDrainRate:6.5
CircleSize:4.2
OverallDifficulty:8
ApproachRate:9.3
SliderMultiplier:1.85
SliderTickRate:1

[Events]
//Background and Video events
0,0,"bg folder\\bg.jpg",0,0
Video,-120,"clip.mp4"
//Break Periods
2,9000,12000
//Storyboard
Sprite,Foreground,Centre,"sb\\a.png",320,240
 F,0,100,200,0,1

[TimingPoints]
100,333.333333333333,4,2,0,60,1,0
100,-80,4,2,1,50,0,1
2100,-50,4,1,0,70,0,0
3000,NaN,4,2,0,60,0,0
4100,400,3,2,0,60,1,8

[Colours]
Combo1 : 255,0,0
Combo2 : 0,255,0
SliderBorder : 1,2,3

[HitObjects]
100,100,100,5,0,0:0:0:0:
200,100,433,2,2,B|250:150|250:150|300:100,2,140,2|0|8,1:2|0:0|3:1,0:0:0:0:
256,192,1500,12,4,2000,0:0:0:0:
50,60,2500,22,8,P|100:100|150:60,1,130.5
400,300,12500,1,0,0:0:0:0:hit.wav
"""
