"""The benchmarks by name, a line each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from eval.benchmarks.base import Benchmark
from eval.benchmarks.davis import read_davis
from eval.benchmarks.got10k import read_got10k
from eval.benchmarks.lasot import read_lasot, read_lasot_ext
from eval.benchmarks.motchallenge import read_motchallenge
from eval.benchmarks.nfs import read_nfs
from eval.benchmarks.otb import read_otb
from eval.benchmarks.plain import read_dtb70, read_folder, read_tc128, read_uavdt
from eval.benchmarks.trackingnet import read_trackingnet
from eval.benchmarks.uav123 import read_uav20l, read_uav123, read_uav123_10fps
from eval.benchmarks.vot import read_vot, read_vot_lt

BENCHMARKS: Mapping[str, Benchmark] = MappingProxyType(
    {
        "folder": Benchmark(
            read_folder,
            "Plain folder",
            "plain",
            "NAME/groundtruth.txt, NAME/img/000001.jpg",
            annotation="groundtruth.txt",
        ),
        "lasot": Benchmark(
            read_lasot,
            "LaSOT",
            "lasot",
            "CLASS/CLASS-1/{groundtruth,full_occlusion,out_of_view}.txt, img/00000001.jpg",
            ("LaSOT", "lasot", "LaSOTBenchmark"),
            ("test", "train", "all"),
            (280, 1120, 1400),
        ),
        "lasot-ext": Benchmark(
            read_lasot_ext,
            "LaSOT extension",
            "lasot",
            "CLASS/CLASS-1/{groundtruth,full_occlusion,out_of_view}.txt, img/00000001.jpg",
            ("LaSOT_extension_subset", "LaSOT_ext", "lasot_extension_subset", "lasot-ext"),
            official=(150,),
        ),
        "got10k": Benchmark(
            read_got10k,
            "GOT-10k",
            "got10k",
            "SPLIT/NAME/{groundtruth.txt,meta_info.ini,absence.label,cover.label,00000001.jpg}",
            ("GOT-10k", "GOT10k", "got10k", "got-10k"),
            ("val", "test", "train"),
            (180, 180, 9335),
        ),
        "trackingnet": Benchmark(
            read_trackingnet,
            "TrackingNet",
            "trackingnet",
            "TEST/anno/NAME.txt, TEST/frames/NAME/0.jpg",
            ("TrackingNet", "trackingnet"),
            ("TEST", *(f"TRAIN_{part}" for part in range(12))),
            (511, *[2511] * 12),
        ),
        "otb": Benchmark(
            read_otb,
            "OTB-100",
            "otb",
            "NAME/groundtruth_rect.txt, NAME/img/0001.jpg",
            ("OTB100", "OTB-100", "OTB", "otb", "OTB2015"),
            ("otb100", "otb50", "otb2013"),
            (100, 50, 51),
        ),
        "uav123": Benchmark(
            read_uav123,
            "UAV123",
            "otb",
            "anno/UAV123/NAME.txt, data_seq/UAV123/NAME/000001.jpg",
            ("UAV123", "uav123"),
            official=(123,),
            inside="anno/UAV123",
        ),
        "uav20l": Benchmark(
            read_uav20l,
            "UAV20L",
            "otb",
            "anno/UAV20L/NAME.txt, data_seq/UAV123/NAME/000001.jpg",
            ("UAV123", "UAV20L", "uav123"),
            official=(20,),
            inside="anno/UAV20L",
        ),
        "uav123-10fps": Benchmark(
            read_uav123_10fps,
            "UAV123@10fps",
            "otb",
            "anno/UAV123_10fps/NAME.txt, data_seq/UAV123_10fps/NAME/000001.jpg",
            ("UAV123_10fps", "UAV123@10fps"),
            official=(123,),
        ),
        "nfs": Benchmark(
            read_nfs,
            "Need for Speed",
            "pytracking",
            "NAME/30/NAME.txt, NAME/30/NAME/00001.jpg",
            ("NfS", "NFS", "nfs", "Nfs"),
            ("30", "240"),
            (100, 100),
        ),
        "tc128": Benchmark(
            read_tc128,
            "Temple-Color-128",
            "otb",
            "NAME/NAME_gt.txt, NAME/NAME_frames.txt, NAME/img/0001.jpg",
            ("TC128", "Temple-color-128", "TColor-128", "tc128"),
            official=(129,),  # of its 128 videos, one has two targets
        ),
        "dtb70": Benchmark(
            read_dtb70,
            "DTB70",
            "otb",
            "NAME/groundtruth_rect.txt, NAME/img/00001.jpg",
            ("DTB70", "dtb70"),
            official=(70,),
        ),
        "uavdt": Benchmark(
            read_uavdt,
            "UAVDT, single object",
            "otb",
            "UAV-benchmark-SOT_v1.0/anno/S0101_gt.txt, UAV-benchmark-S/S0101/img000001.jpg",
            ("UAVDT", "uavdt", "UAVDT-S"),
            official=(50,),
        ),
        "vot": Benchmark(
            read_vot,
            "VOT short-term (2013 to 2022)",
            "pysot",
            "list.txt, NAME/groundtruth.txt, NAME/color/00000001.jpg, or all in sequences/",
            ("VOT", "vot", "VOT2018", "VOT2019", "VOT2020", "VOT2021", "VOT2022"),
        ),
        "vot-lt": Benchmark(
            read_vot_lt,
            "VOT long-term (2018 to 2022)",
            "vot-lt",
            "list.txt, NAME/groundtruth.txt, NAME/color/00000001.jpg, or all in sequences/",
            ("VOT-LT", "VOT2018-LT", "VOT2019-LT", "VOT2020-LT", "VOT2021-LT", "VOT2022-LT"),
        ),
        "davis": Benchmark(
            read_davis,
            "DAVIS, boxes around masks",
            "plain",
            "ImageSets/2017/val.txt, {Annotations,JPEGImages}/480p/NAME/00000.{png,jpg}",
            ("DAVIS", "davis", "DAVIS2017"),
            ("val", "train", "val-2016", "train-2016"),
        ),
        "motchallenge": Benchmark(
            read_motchallenge,
            "MOTChallenge",
            "mot",
            "train/VIDEO/{seqinfo.ini,gt/gt.txt,img1/000001.jpg}",
            ("MOT17", "MOT20", "MOT16", "MOT15", "DanceTrack"),
            ("train", "test", "val"),
        ),
    }
)
