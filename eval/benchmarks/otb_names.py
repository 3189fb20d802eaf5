"""Which sequences the versions of OTB are made of, and where their annotation begins."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_TB50 = (
    "Basketball Biker Bird1 BlurBody BlurCar2 BlurFace BlurOwl Bolt Box Car1 Car4 CarDark CarScale "
    "ClifBar Couple Crowds David Deer Diving DragonBaby Dudek Football Freeman4 Girl Human3 Human4 "
    "Human6 Human9 Ironman Jump Jumping Liquor Matrix MotorRolling Panda RedTeam Shaking Singer2 "
    "Skating1 Skating2 Skiing Soccer Surfer Sylvester Tiger2 Trellis Walking Walking2 Woman"
)
_REST = (
    "Bird2 BlurCar1 BlurCar3 BlurCar4 Board Bolt2 Boy Car2 Car24 Coke Coupon Crossing Dancer "
    "Dancer2 David2 David3 Dog Dog1 Doll FaceOcc1 FaceOcc2 Fish FleetFace Football1 Freeman1 "
    "Freeman3 Girl2 Gym Human2 Human5 Human7 Human8 Jogging KiteSurf Lemming Man Mhyang "
    "MountainBike Rubik Singer1 Skater Skater2 Subway Suv Tiger1 Toy Trans Twinnings Vase"
)
_OTB2013 = (
    "Basketball Bolt Boy Car4 CarDark CarScale Coke Couple Crossing David David2 David3 Deer Dog1 "
    "Doll Dudek FaceOcc1 FaceOcc2 Fish FleetFace Football Football1 Freeman1 Freeman3 Freeman4 "
    "Girl Ironman Jogging Jumping Lemming Liquor Matrix Mhyang MotorRolling MountainBike Shaking "
    "Singer1 Singer2 Skating1 Skiing Soccer Subway Suv Sylvester Tiger1 Tiger2 Trellis Walking "
    "Walking2 Woman"
)

TB50 = tuple(_TB50.split())
TB100 = TB50 + tuple(_REST.split())
OTB2013 = tuple(_OTB2013.split())

# Number of the picture that the first line of the annotation belongs to, where it is not 1.
FIRST: Mapping[str, int] = MappingProxyType(
    {"David": 300, "BlurCar1": 247, "BlurCar3": 3, "BlurCar4": 18}
)
# Annotated frames at the beginning that the toolkit leaves out (its initOmit/tiger1.txt).
OMITTED: Mapping[str, int] = MappingProxyType({"Tiger1": 5})
# Human4 has two annotation files, the first of which is empty.
TARGETS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {"Jogging": (1, 2), "Skating2": (1, 2), "Human4": (2,)}
)
